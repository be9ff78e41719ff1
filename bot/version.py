"""Which program this is."""

from importlib.metadata import PackageNotFoundError, version


def program() -> str:
    """The installed version, such as "0.1.0"."""
    try:
        return version("meja-konsultasi")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "unknown"
