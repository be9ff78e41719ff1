// What is on the page: the world as last heard, and what this window looks at.

const STORE = "meja-playground";

class Model {
  state = null;
  desk = null;
  cut = false;
  skew = 0;
  me = null;
  officer = null;
  topic = undefined; // undefined: the list; null: General; a number: that topic
  tab = "user";
  phone = "user"; // or "whatsapp", where only one of them is shown
  wa = null;
  seen = {};
  seenMail = 0;

  take(state, desk) {
    this.state = state;
    this.desk = desk;
    this.skew = new Date(state.now).getTime() - Date.now();
    if (this.run !== desk.run) this.recall(desk.run);
    this.me ??= this.publicPeople()[0]?.id;
    this.officer ??= this.officers()[0]?.id;
    this.wa ??= this.whatsapp()[0]?.id;
    if (this.topic && !this.topicById(this.topic)) this.topic = undefined;
  }

  now() {
    return new Date(Date.now() + this.skew);
  }

  role(id) {
    return this.desk.roles[id] ?? "public";
  }

  publicPeople() {
    return this.state.people.filter((person) => this.role(person.id) === "public");
  }

  // Those with something to read in their own chat: the public, then the supervisor and the admin.
  phones() {
    const staff = ["supervisor", "admin"].flatMap((role) => this.state.people.filter((person) => this.role(person.id) === role));
    return [...this.publicPeople(), ...staff];
  }

  // Those who write on WhatsApp; nobody where the desk has no such channel.
  whatsapp() {
    return this.state.whatsapp?.people ?? [];
  }

  officers() {
    return this.state.people.filter((person) => ["officer", "admin"].includes(this.role(person.id)));
  }

  person(id) {
    return this.state.people.find((person) => person.id === id);
  }

  topicById(id) {
    return this.state.topics.find((topic) => topic.id === id);
  }

  // Newest first, as Telegram lists them.
  topicsByNews() {
    const news = (topic) => topic.messages.at(-1)?.id ?? topic.id;
    return [...this.state.topics].sort((one, other) => news(other) - news(one));
  }

  // The last messages of a chat that the desk has not confirmed: one tick, not two.
  unkept(chatId) {
    const count = this.desk.waiting[chatId] ?? 0;
    if (!count) return new Set();
    const places = chatId > 0 ? [this.person(chatId)] : [this.state.general, ...this.state.topics];
    const written = places.flatMap((place) => place.messages).filter((message) => !message.from.bot);
    return new Set(written.map((message) => message.id).sort((a, b) => a - b).slice(-count));
  }

  unread(key, messages, reader) {
    const from = this.seen[key] ?? 0;
    return messages.filter((message) => message.id > from && !message.service && message.from.id !== reader).length;
  }

  markSeen(key, messages) {
    const last = messages.at(-1)?.id ?? 0;
    if (last > (this.seen[key] ?? 0)) {
      this.seen[key] = last;
      this.remember();
    }
  }

  markMailSeen() {
    if (this.seenMail !== this.state.mail.length) {
      this.seenMail = this.state.mail.length;
      this.remember();
    }
  }

  remember() {
    const { run, me, officer, topic, tab, phone, wa, seen, seenMail } = this;
    sessionStorage.setItem(STORE, JSON.stringify({ run, me, officer, topic, tab, phone, wa, seen, seenMail }));
  }

  recall(run) {
    const kept = JSON.parse(sessionStorage.getItem(STORE) ?? "{}");
    const fresh = { me: null, officer: null, wa: null, topic: undefined, seen: {}, seenMail: 0 };
    Object.assign(this, kept.run === run ? kept : fresh, { run });
  }
}

export const model = new Model();
