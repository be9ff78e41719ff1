"""Which files may do harm to who opens them, told by name and type alone: the desk opens none (QUALITY.md T16)."""

_PROGRAM_WORDS = (
    "exe msi msix msp scr com pif bat cmd ps1 psm1 vbs vbe js jse mjs wsf wsh hta jar jnlp apk apks xapk aab ipa dmg "
    "pkg app command deb rpm run sh bash py pyw rb pl reg lnk url desktop cpl dll ocx sys drv inf gadget appimage iso "
    "img vhd vhdx chm application msc xll one"
)
_MACRO_WORDS = "docm dotm xlsm xltm xlam xlsb xla pptm potm ppam ppsm sldm accdb accde mdb mde"
_PAPER_WORDS = (
    "pdf doc docx xls xlsx ppt pptx odt ods odp rtf txt csv jpg jpeg png gif bmp tif tiff webp heic mp3 mp4 zip"
)
PROGRAMS = frozenset(_PROGRAM_WORDS.split())
MACROS = frozenset(_MACRO_WORDS.split())
PAPERS = frozenset(_PAPER_WORDS.split())
PROGRAM_TYPES = frozenset(
    (
        "application/vnd.android.package-archive",
        "application/x-msdownload",
        "application/x-msdos-program",
        "application/x-dosexec",
        "application/x-executable",
        "application/x-sh",
        "application/x-msi",
        "application/java-archive",
        "application/javascript",
        "text/javascript",
    )
)
# They turn a name around or hide a part of it: "gnp.exe" can be made to read "exe.png".
DISGUISES = frozenset(
    "\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)


def risk(name: str, mime: str = "") -> str:
    """Why a file of this name and MIME type may do harm: disguise, double, program, macro; "" for none known.

    `double`: what looks like a paper and is none, such as "surat.pdf.exe".
    """
    if DISGUISES & set(name):
        return "disguise"
    *stem, last = _endings(name)
    harmful = last in PROGRAMS or mime.lower().partition(";")[0].strip() in PROGRAM_TYPES
    if harmful or last in MACROS:
        is_paper = last in PAPERS or (bool(stem) and stem[-1] in PAPERS)
        return "double" if is_paper else "program" if harmful else "macro"
    return ""


def is_allowed(name: str, allowed: tuple[str, ...]) -> bool:
    """Whether a file of this name is among the endings the office takes; an empty list takes all."""
    return not allowed or _endings(name)[-1] in {ending.lower().lstrip(".") for ending in allowed}


def plain_name(name: str) -> str:
    """The name as it is, without what turns it around or hides."""
    return "".join(char for char in name if char.isprintable() and char not in DISGUISES)


def _endings(name: str) -> list[str]:
    """The endings of a name in small letters, [""] where it has none; systems ignore dots and spaces at its end."""
    _, *endings = name.strip(" .\t").lower().split(".")
    return [ending.strip() for ending in endings] or [""]
