"""The templates offices register with Meta (docs/whatsapp.md), as the stand-in has them: approved in both languages."""

from bot.playground.graph.templates import Template, Templates

NAMES = {
    "answer_ready": "konsultasi_jawaban_tersedia",
    "notice": "konsultasi_pemberitahuan",
    "warning": "konsultasi_pengingat",
    "closed_rate": "konsultasi_selesai_nilai",
}
"""What each stands for -> its name: the settings `whatsapp.templates` of demo and tests."""

_Labels = dict[str, tuple[str, ...]]
_SEE: _Labels = {"id": ("Lihat jawaban",), "en": ("See the answer",)}
_STILL: _Labels = {"id": ("Masih perlu", "Sudah terjawab"), "en": ("Still need help", "Answered")}
_BODIES = {
    "answer_ready": {
        "id": "Jawaban konsultasi Anda nomor {{1}} sudah tersedia. Ketuk tombol di bawah untuk membacanya.",
        "en": "The answer to your consultation {{1}} is ready. Tap the button below to read it.",
    },
    "notice": {
        "id": "Ada kabar tentang konsultasi Anda nomor {{1}}. Ketuk tombol di bawah untuk membacanya.",
        "en": "There is news about your consultation {{1}}. Tap the button below to read it.",
    },
    "warning": {
        "id": "Konsultasi Anda nomor {{1}} menunggu balasan Anda. Tanpa balasan tiket ditutup pada {{2}}.",
        "en": "Your consultation {{1}} is waiting for your reply. Without one it is closed on {{2}}.",
    },
    "closed_rate": {
        "id": "Konsultasi Anda nomor {{1}} sudah ditutup. Masih memerlukan? Tulis di sini sampai {{2}}. "
        "Bagaimana layanan kami? 1 = sangat tidak puas, 5 = sangat puas.",
        "en": "Your consultation {{1}} is closed. Still need help? Write here until {{2}}. "
        "How was our service? 1 = very dissatisfied, 5 = very satisfied.",
    },
}
_BUTTONS: dict[str, _Labels] = {
    "answer_ready": _SEE,
    "notice": _SEE,
    "warning": _STILL,
    "closed_rate": {"id": ("1", "2", "3", "4", "5"), "en": ("1", "2", "3", "4", "5")},
}


def approve_all(templates: Templates) -> None:
    """Has Meta approve all of them in Indonesian and English."""
    for purpose, bodies in _BODIES.items():
        for language, body in bodies.items():
            templates.add(Template(NAMES[purpose], language, body, _BUTTONS[purpose][language]))
