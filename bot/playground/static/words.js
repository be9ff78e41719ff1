// The page's own words, in Indonesian and English. What the desk says is the desk's.

const WORDS = {
  "tabs.title": ["Bagian halaman", "Parts of the page"],
  "tabs.user": ["Warga", "Public"],
  "tabs.whatsapp": ["WhatsApp", "WhatsApp"],
  "tabs.staff": ["Petugas", "Officers"],
  "tabs.mail": ["Surat", "Mail"],
  "tabs.clock": ["Waktu", "Clock"],

  "strip.running": ["Meja berjalan", "Desk running"],
  "strip.starting": ["Meja menyala…", "Desk starting…"],
  "strip.down": ["Meja mati", "Desk is down"],
  "strip.failed": ["Meja gagal menyala", "Desk failed to start"],
  "strip.lost": ["Halaman terputus", "Page cut off"],
  "count.updates": ["masuk", "received"],
  "count.waiting": ["belum dicatat", "not yet kept"],
  "count.sent": ["terkirim", "sent"],
  "count.refused": ["ditunda (429)", "put off (429)"],
  "count.restarts": ["dihidupkan lagi", "restarts"],
  "language": ["Ganti ke bahasa Inggris", "Switch to Indonesian"],

  "break.button": ["Uji ketahanan", "Break something"],
  "break.title": ["Rusakkan sesuatu", "Break something"],
  "break.lead": [
    "Meja ini menyimpan dahulu, baru mengirim. Coba ganggu di tengah percakapan, lalu lihat: tidak ada pesan yang hilang.",
    "The desk saves first and sends after. Disturb it in the middle of a talk and see: no message is lost.",
  ],
  "break.kill": ["Matikan paksa meja (kill -9)", "Kill the desk (kill -9)"],
  "break.kill.hint": ["Dihidupkan lagi sedetik kemudian, pesan menunggu di Telegram", "Started again a second later; messages wait at Telegram"],
  "break.killed": ["Meja dimatikan paksa.", "The desk was killed."],
  "break.flood": ["Telegram menolak grup selama 30 detik (429)", "Telegram refuses the group for 30 seconds (429)"],
  "break.flood.hint": ["Pesan ke petugas antre; warga tetap dilayani", "Messages to officers queue up; the public is still served"],
  "break.flooded": ["Grup petugas ditolak selama 30 detik.", "The staff group is refused for 30 seconds."],
  "break.cut": ["Putuskan sambungan pada pengiriman berikut", "Cut the connection at the next send"],
  "break.cut.hint": ["Sampai atau tidak? Meja mencari tahu sendiri", "Did it arrive? The desk finds out by itself"],
  "break.cutting": ["Pengiriman berikut akan terputus.", "The next send will be cut."],
  "break.mail": ["Matikan server surat", "Stop the mail server"],
  "break.mail.hint": ["Kode verifikasi menunggu sampai server pulih", "Verification codes wait until it is back"],
  "break.mailed": ["Server surat dimatikan.", "The mail server is stopped."],
  "break.block": ["{name} memblokir bot", "{name} blocks the bot"],
  "break.unblock": ["{name} membuka blokir bot", "{name} unblocks the bot"],
  "break.block.hint": ["Petugas diberi tahu; pesannya ditahan", "Officers are told; their messages are held"],
  "break.mend": ["Pulihkan semuanya", "Mend everything"],
  "break.mended": ["Semua gangguan dipulihkan.", "Everything is mended."],

  "user.title": ["Telepon warga", "The public's phone"],
  "user.pick": ["Pilih orang", "Choose a person"],
  "user.add": ["Tambah orang", "Add a person"],
  "user.name": ["Nama", "Name"],
  "user.language": ["Bahasa aplikasi Telegram", "Language of their Telegram"],
  "user.language.id": ["Indonesia", "Indonesian"],
  "user.language.en": ["Inggris", "English"],
  "user.sample": ["Budi Hartono", "Budi Hartono"],
  "user.blocked": ["Anda memblokir bot ini.", "You blocked this bot."],
  "user.unblock": ["Buka blokir", "Unblock"],
  "user.block": ["Blokir bot", "Block the bot"],
  "user.supervisor": ["penanggung jawab", "supervisor"],
  "user.admin": ["admin", "admin"],
  "user.officer": ["petugas", "officer"],
  "channels.title": ["Telepon mana", "Which phone"],
  "channels.user": ["Telegram", "Telegram"],
  "channels.whatsapp": ["WhatsApp", "WhatsApp"],
  "whatsapp.title": ["Telepon warga dengan WhatsApp", "A phone with WhatsApp"],
  "whatsapp.open": ["jendela terbuka s.d. {when}", "window open until {when}"],
  "whatsapp.shut": ["jendela 24 jam tertutup", "24-hour window closed"],
  "whatsapp.new": ["belum pernah menulis", "has not written yet"],
  "whatsapp.off": ["Telepon mati", "Phone is off"],
  "whatsapp.off.text": ["Telepon ini mati: pesan menunggu, petugas melihat “terkirim”.", "This phone is off: messages wait, officers see “sent”."],
  "whatsapp.switch.off": ["Matikan telepon", "Switch the phone off"],
  "whatsapp.switch.on": ["Nyalakan", "Switch on"],
  "whatsapp.block": ["Blokir kantor ini", "Block this office"],
  "whatsapp.unblock": ["Buka blokir", "Unblock"],
  "whatsapp.blocked": ["Anda memblokir kantor ini.", "You blocked this office."],
  "whatsapp.number": ["Ganti nomor telepon", "Change the phone number"],
  "whatsapp.number.hint": ["WhatsApp memberi tahu kantor; tiketnya tetap", "WhatsApp tells the office; the ticket stays"],
  "whatsapp.numbered": ["{name} kini bernomor {number}.", "{name} now has the number {number}."],
  "whatsapp.hidden": ["Sembunyikan nomor (dikenal dengan BSUID saja)", "Hide the number (known by the BSUID alone)"],
  "whatsapp.template": ["templat", "template"],
  "whatsapp.choose": ["Pilih satu", "Choose one"],
  "whatsapp.list.send": ["Kirim", "Send"],
  "whatsapp.sent": ["Terkirim, menunggu meja", "Sent, waiting for the desk"],
  "whatsapp.kept": ["Sampai: sudah dicatat meja", "Delivered: written down by the desk"],
  "whatsapp.seen": ["Sudah dibaca kantor", "Read by the office"],
  "whatsapp.intro.title": ["{office} di WhatsApp", "{office} on WhatsApp"],
  "whatsapp.intro.text": [
    "Tulis sebagai {name}; petugas menjawab di grup Telegram yang sama. Kantor dapat menulis bebas 24 jam sejak pesan terakhir Anda, sesudahnya hanya dengan templat.",
    "Write as {name}; officers answer in the same Telegram group. The office may write freely for 24 hours after your last message, then only by template.",
  ],
  "intro.title": ["Apa yang dapat dilakukan bot ini?", "What can this bot do?"],
  "intro.text": [
    "Meja konsultasi statistik {office}. Tulis pertanyaan sebagai {name}; petugas menjawab di kolom Petugas.",
    "The statistics consultation desk of {office}. Write a question as {name}; officers answer in the Officers column.",
  ],
  "intro.start": ["Mulai dengan satu ketukan:", "Begin with one tap:"],
  "intro.supervisor": [
    "Pengaduan dan tenggat yang terlewati tiba di sini, tidak pernah di grup petugas.",
    "Complaints and missed deadlines arrive here, never in the staff group.",
  ],
  "intro.admin": [
    "Admin dapat meminta laporan di sini, misalnya /report, /sla, atau /antrean.",
    "Admins can ask for reports here, such as /report, /sla or /antrean.",
  ],
  "suggest": ["Saran", "Suggestions"],
  "suggest.question": ["Selamat pagi, berapa jumlah penduduk Labuhanbatu tahun 2025?", "Good morning, how many people live in Labuhanbatu in 2025?"],
  "suggest.answered": ["Bagaimana menentukan kode KBLI usaha saya?", "How do I find the KBLI code of my business?"],
  "suggest.detail": ["Mohon dirinci per kecamatan.", "By district, please."],
  "suggest.mail": ["Kode dari surat: {code}", "Code from the mail: {code}"],
  "suggest.answer": ["Selamat pagi. Tabelnya ada di Labuhanbatu Dalam Angka 2026, bab 3.", "Good morning. The table is in Labuhanbatu in Figures 2026, chapter 3."],
  "suggest.ask": ["/tanya Untuk wilayah kecamatan atau desa?", "/tanya By district or by village?"],
  "suggest.note": ["// catatan: cek dengan Seksi Statistik Sosial", "// note: check with the social statistics section"],

  "chat.bot": ["bot", "bot"],
  "chat.typing": ["sedang mengetik…", "typing…"],
  "chat.sending": ["sedang mengirim…", "sending…"],
  "chat.menu": ["Menu percakapan", "Chat menu"],
  "chat.log": ["Percakapan", "Conversation"],
  "chat.write": ["Tulis pesan…", "Write a message…"],
  "chat.write.topic": ["Balas kepada pengguna…", "Reply to the user…"],
  "chat.write.general": ["Tulis di General…", "Write in General…"],
  "chat.send": ["Kirim", "Send"],
  "chat.save": ["Simpan perubahan", "Save changes"],
  "chat.commands": ["Perintah", "Commands"],
  "chat.attach": ["Lampirkan", "Attach"],
  "chat.attach.hint": ["Teks di kolom tulis menjadi keterangan.", "Text in the box becomes the caption."],
  "chat.more": ["Tindakan atas pesan ini", "Actions on this message"],
  "chat.newest": ["Ke pesan terbaru", "To the newest message"],
  "chat.edited": ["diubah", "edited"],
  "chat.sent": ["Terkirim, menunggu meja", "Sent, waiting for the desk"],
  "chat.kept": ["Sudah dicatat meja", "Written down by the desk"],
  "chat.forwarded": ["Pesan terusan", "Forwarded message"],
  "chat.reply": ["Balas", "Reply"],
  "chat.replying": ["Membalas {name}", "Replying to {name}"],
  "chat.edit": ["Ubah", "Edit"],
  "chat.editing": ["Mengubah pesan", "Editing the message"],
  "chat.copy": ["Salin teks", "Copy text"],
  "chat.copied": ["Disalin.", "Copied."],
  "chat.delete": ["Hapus", "Delete"],
  "chat.react": ["Beri reaksi {emoji}", "React with {emoji}"],
  "chat.cancel": ["Batal", "Cancel"],
  "chat.media": ["media", "media"],

  "kind.photo": ["Foto", "Photo"],
  "kind.document": ["Berkas", "File"],
  "kind.album": ["Album", "Album"],
  "kind.voice": ["Pesan suara", "Voice message"],
  "kind.video": ["Video", "Video"],
  "kind.video_note": ["Pesan video", "Video message"],
  "kind.audio": ["Audio", "Audio"],
  "kind.animation": ["Animasi", "Animation"],
  "kind.sticker": ["Stiker", "Sticker"],
  "kind.location": ["Lokasi", "Location"],
  "kind.venue": ["Tempat", "Venue"],
  "kind.contact": ["Kontak", "Contact"],
  "kind.poll": ["Jajak pendapat", "Poll"],
  "kind.dice": ["Dadu", "Dice"],
  "kind.image": ["Foto", "Photo"],
  "kind.upload": ["Dari komputer ini…", "From this computer…"],
  "poll.anonymous": ["Jajak pendapat anonim", "Anonymous poll"],
  "poll.votes": ["Belum ada suara", "No votes yet"],

  "service.forum_topic_created": ["Topik “{name}” dibuat", "Topic “{name}” was created"],
  "service.forum_topic_edited": ["Topik diganti: “{name}”", "Topic changed: “{name}”"],
  "service.forum_topic_edited.icon": ["Ikon topik diganti", "The topic's icon was changed"],
  "service.forum_topic_closed": ["Topik ditutup", "Topic closed"],
  "service.forum_topic_reopened": ["Topik dibuka kembali", "Topic reopened"],
  "service.new_chat_members": ["{name} bergabung", "{name} joined"],
  "service.left_chat_member": ["{name} keluar", "{name} left"],
  "service.pinned_message": ["{name} menyematkan pesan", "{name} pinned a message"],
  "service.other": ["Pesan layanan", "Service message"],

  "staff.title": ["Grup petugas", "The staff group"],
  "staff.pick": ["Menulis sebagai", "Writing as"],
  "staff.role.officer": ["petugas", "officer"],
  "staff.role.admin": ["admin grup", "group admin"],
  "staff.topics": ["Topik", "Topics"],
  "staff.count": ["{n} topik tiket", "Ticket topics: {n}"],
  "staff.general": ["General", "General"],
  "staff.empty": ["Belum ada pesan", "No messages yet"],
  "staff.none.title": ["Belum ada tiket", "No tickets yet"],
  "staff.none.text": [
    "Begitu warga menekan Kirim, tiketnya muncul di sini sebagai topik: kartu kepala, tombol, dan seluruh percakapan.",
    "As soon as somebody presses Send, the ticket appears here as a topic: header card, buttons and the whole talk.",
  ],
  "staff.pick.title": ["Pilih topik", "Choose a topic"],
  "staff.pick.text": ["Yang ditulis di topik sampai ke pengguna. Awali dengan // untuk catatan.", "What is written in a topic reaches the user. Begin with // for a note."],
  "staff.back": ["Kembali ke daftar topik", "Back to the topics"],
  "staff.closed": ["Topik ditutup", "Topic closed"],
  "staff.closed.bar": ["Topik ini ditutup. Admin masih dapat menulis.", "This topic is closed. The admin can still write."],
  "staff.menu": ["Menu topik", "Topic menu"],
  "staff.close": ["Tutup topik", "Close topic"],
  "staff.reopen": ["Buka topik", "Reopen topic"],
  "staff.delete": ["Hapus topik…", "Delete topic…"],
  "staff.delete.title": ["Hapus topik?", "Delete the topic?"],
  "staff.delete.text": [
    "“{name}” dan semua pesannya hilang dari Telegram, dan bot tidak diberi tahu. Meja tetap menyimpan percakapannya dan membuat topik baru bila perlu.",
    "“{name}” and all its messages vanish from Telegram, and the bot is not told. The desk still has the conversation and makes a new topic when needed.",
  ],
  "staff.delete.yes": ["Hapus", "Delete"],
  "staff.unread": ["{n} belum dibaca", "{n} unread"],

  "mail.title": ["Kotak surat", "Mail box"],
  "mail.count": ["{n} surat", "Mails: {n}"],
  "mail.none.title": ["Belum ada surat", "No mail yet"],
  "mail.none.text": ["Kode verifikasi tiba di sini, lewat SMTP sungguhan.", "Verification codes arrive here, by real SMTP."],
  "mail.to": ["kepada {to}", "to {to}"],
  "mail.from": ["dari {from}", "from {from}"],
  "mail.code": ["Kode", "Code"],
  "mail.copy": ["Salin kode {code}", "Copy code {code}"],
  "mail.copy.short": ["Salin", "Copy"],

  "clock.title": ["Waktu kantor", "Office time"],
  "clock.open": ["Kantor buka", "Office open"],
  "clock.closed": ["Kantor tutup", "Office closed"],
  "clock.hours": ["hari ini {hours}", "today {hours}"],
  "clock.opens": ["buka lagi {when}", "opens {when}"],
  "clock.hour": ["+1 jam", "+1 hour"],
  "clock.day": ["+1 hari", "+1 day"],
  "clock.week": ["+7 hari", "+7 days"],
  "clock.moved": ["Jam dimajukan {step}; meja memeriksa tenggat.", "Moved on by {step}; the desk looks at its deadlines."],
  "clock.rules": [
    "Jawaban dalam 3 hari kerja. Diingatkan pada hari ke-5 dan ke-6 tanpa balasan, ditutup pada hari ke-7.",
    "Answered within 3 working days. Reminded on day 5 and 6 of silence, closed on day 7.",
  ],

  "error.closed": ["Topik ini ditutup; hanya admin grup yang dapat menulis.", "This topic is closed; only the group's admin can write."],
  "error.blocked": ["Bot sedang diblokir.", "The bot is blocked."],
  "error.old": ["Pesan yang lebih tua dari 48 jam tidak dapat diubah.", "Messages older than 48 hours cannot be edited."],
  "error.other": ["Tidak dapat dilakukan: {error}", "Not possible: {error}"],
  "error.lost": ["Demo tidak menjawab. Apakah masih berjalan?", "The demo does not answer. Is it still running?"],
  "ok": ["Baik", "OK"],
};

const COLUMN = { id: 0, en: 1 };
let language = "id";

export const languageNow = () => language;

export function speak(chosen) {
  language = chosen in COLUMN ? chosen : "id";
  document.documentElement.lang = language;
}

export function t(key, values = {}, spoken = language) {
  const words = WORDS[key]?.[COLUMN[spoken] ?? 0] ?? key;
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

export const known = (key) => key in WORDS;

// Times, always in the office's own zone.
const LOCALES = { id: "id-ID", en: "en-GB" };
const formats = new Map();

export function moment(date, zone, options) {
  const key = JSON.stringify([language, zone, options]);
  if (!formats.has(key)) {
    formats.set(key, new Intl.DateTimeFormat(LOCALES[language], { timeZone: zone, hourCycle: "h23", ...options }));
  }
  return formats.get(key).format(date);
}

export const clockTime = (date, zone) => moment(date, zone, { hour: "2-digit", minute: "2-digit" });
export const longDay = (date, zone) => moment(date, zone, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
export const chatDay = (date, zone) => moment(date, zone, { weekday: "long", day: "numeric", month: "long" });
export const dayKey = (date, zone) => moment(date, zone, { year: "numeric", month: "2-digit", day: "2-digit" });
