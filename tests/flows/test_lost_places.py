"""Topics deleted or closed, the group moved, the desk thrown out, a person who blocks it: nothing is dropped."""

from bot.playground.chats import FULL_RIGHTS
from bot.playground.faults import Fault
from storage.base import Tx
from tests.flows.conftest import Office
from tests.flows.trouble import at_rest, has, live, row, texts, time_flies

GROUP = -1001234567890
MARK = "👌"


async def test_a_deleted_topic_comes_back_with_its_reason_history_and_card(office: Office) -> None:
    number, topic = await office.ticket("Pertanyaan lama [user/0]")
    await office.answer(topic, "Jawaban lama [officer/0]")
    await office.officer.delete_topic(topic)
    for n in (1, 2, 3):
        await office.user.say(f"Setelah terhapus [user/{n}]")
    await office.telegram.until(lambda: live(office))
    (again,) = live(office)
    await office.officer.sees("[user/3]", topic=again)
    shown = texts(again)
    assert again.name.split()[0] == number
    assert "terhapus" in shown[0].text
    assert "Pertanyaan lama" in shown[0].text
    assert "Jawaban lama" in shown[0].text
    assert shown[1].text.startswith(number)
    assert ["Ambil", "Jawaban disampaikan"] in shown[1].buttons
    await office.officer.say("Ke sini saja [officer/1]", topic=again)
    await office.user.sees("[officer/1]")
    assert (await at_rest(office)).doubled == 0


async def test_a_topic_deleted_while_it_is_made_anew(office: Office) -> None:
    _, topic = await office.ticket()
    await office.officer.delete_topic(topic)
    office.telegram.break_with(Fault("sendMessage", "flood", chat_id=GROUP, retry_after=30, nth=2))
    await office.user.say("Pertama [user/1]")
    await office.telegram.until(lambda: live(office))
    await row(office, "error = 'flood'")
    await office.officer.delete_topic(live(office)[0])
    await time_flies(office, lambda: live(office) and texts(live(office)[0], "[user/1]"))
    await at_rest(office)
    assert len(live(office)) == 1


async def test_a_topic_made_by_hand_is_left_alone_whatever_its_name(office: Office) -> None:
    number, topic = await office.ticket()
    by_hand = await office.officer.create_topic(f"{number} rapat")
    await office.user.say("Ke topik sendiri [user/1]")
    await office.officer.sees("[user/1]", topic=topic)
    await office.settled()
    assert not by_hand.closed
    assert not texts(by_hand)


async def test_a_topic_that_is_closed_to_us_is_opened_first(office: Office) -> None:
    _, topic = await office.ticket()
    await office.officer.close_topic(topic)
    office.telegram.break_with(Fault("sendMessage", chat_id=GROUP, status=400, description="Bad Request: TOPIC_CLOSED"))
    await office.user.say("Pintu tertutup [user/1]")
    await office.officer.sees("[user/1]", topic=topic)
    assert not topic.closed
    await at_rest(office)


async def test_the_group_moves_to_another_id(office: Office) -> None:
    number, _topic = await office.ticket()
    office.telegram.upgrade_group(GROUP, -1009999999999)
    await office.user.say("Di rumah baru [user/1]")
    await office.telegram.until(lambda: live(office))
    (again,) = live(office)
    await office.officer.sees("[user/1]", topic=again)
    await office.officer.say("Siap [officer/1]", topic=again)
    await office.user.sees("[officer/1]")
    assert again.name.startswith(number)
    await at_rest(office)


async def test_thrown_out_of_the_group_nothing_is_dropped_and_admins_are_told_once(office: Office) -> None:
    _, topic = await office.ticket()
    await office.admin.say("/bantuan")
    await office.admin.set_bot_status("kicked")
    for n in (1, 2):
        await office.user.say(f"Ke kantor kosong [user/{n}]")
    await office.admin.sees("Grup petugas tidak dapat dijangkau")
    for _ in range(3):
        await office.move(minutes=2)
    assert not texts(topic, "[user/1]")
    await office.admin.set_bot_status("administrator")
    await time_flies(office, has(topic, "[user/2]"))
    await office.admin.sees("dapat dijangkau lagi")
    await at_rest(office)
    assert len(texts(office.admin, "tidak dapat dijangkau")) == len(texts(office.admin, "dapat dijangkau lagi")) == 1


async def test_without_the_right_to_make_topics_tickets_wait_for_theirs(office: Office) -> None:
    await office.admin.say("/bantuan")
    await office.register()
    await office.admin.set_bot_status("administrator", rights=set(FULL_RIGHTS) - {"can_manage_topics"})
    await office.admin.sees("tidak dapat dijangkau")
    number = await office.ask("Tanpa hak [user/1]", topicless=True)
    for _ in range(3):
        await office.move(minutes=2)
    assert not office.telegram.topics
    await office.admin.set_bot_status("administrator", rights=set(FULL_RIGHTS))
    await time_flies(office, lambda: live(office) and texts(live(office)[0], "[user/1]"))
    assert live(office)[0].name.startswith(number)
    await at_rest(office)
    assert len(texts(office.admin, "tidak dapat dijangkau")) == len(texts(office.admin, "dapat dijangkau lagi")) == 1


async def test_posts_that_pass_do_not_end_the_alarm_about_what_does_not(office: Office) -> None:
    """Without the right to make topics, the topics that stand can be written to all the same."""
    _, topic = await office.ticket()
    await office.admin.say("/bantuan")
    office.telegram.break_with(
        Fault("createForumTopic", status=400, description="Bad Request: not enough rights", times=None)
    )
    await office.register(office.supervisor)
    await office.ask("Baru [other/1]", user=office.supervisor, topicless=True)
    await office.admin.sees("tidak dapat dijangkau")
    for n in (1, 2, 3):
        await office.user.say(f"Jalan terus [user/{n}]")
        await office.officer.sees(f"[user/{n}]", topic=topic)
        await office.move(minutes=2)
    assert len(texts(office.admin, "tidak dapat dijangkau")) == 1
    assert not texts(office.admin, "dapat dijangkau lagi")
    office.telegram.faults.clear()
    await time_flies(office, lambda: len(live(office)) == 2)
    await office.admin.sees("dapat dijangkau lagi")


async def test_a_person_who_blocks_the_desk_finds_everything_when_they_come_back(office: Office) -> None:
    _, topic = await office.ticket()
    await office.user.block()
    await office.officer.sees("memblokir", topic=topic)
    sent = await office.officer.say("Ini tabelnya [officer/1]", topic=topic)
    await office.officer.sees("BELUM sampai", topic=topic)
    await office.officer.edit(sent, text="Ini tabel yang benar [officer/1]", topic=topic)
    await office.officer.say("Dan ini [officer/2]", topic=topic)
    await row(office, "state = 'held'")
    assert not sent.reactions
    await office.user.unblock()
    await office.user.sees("tabel yang benar [officer/1]")
    await office.user.sees("[officer/2]")
    await office.telegram.until(lambda: MARK in str(sent.reactions))
    await office.officer.sees("dapat dihubungi lagi", topic=topic)
    assert (await at_rest(office)).doubled == 0


async def test_blocked_without_a_word_is_learned_from_the_refusal(office: Office) -> None:
    _, topic = await office.ticket()
    office.user.account.blocked = True  # the update about it never came
    await office.officer.say("Apakah sampai? [officer/1]", topic=topic)
    await office.officer.sees("BELUM sampai", topic=topic)
    assert await row(office, "kind = 'relay'") == "held"
    office.user.account.blocked = False
    await office.user.say("Saya kembali [user/1]")
    await office.user.sees("[officer/1]")
    await office.officer.sees("[user/1]", topic=topic)
    await at_rest(office)


async def test_a_refusal_that_comes_after_the_person_is_back_holds_nothing(office: Office) -> None:
    """Found by simulation seed 172: a 403 settled after the unblocking held everything until they wrote again."""
    _, topic = await office.ticket()
    office.user.account.blocked = True
    office.telegram.break_with(Fault("sendMessage", "delay", "after", chat_id=office.user.id, delay=0.5))
    await office.officer.say("Apakah sampai? [officer/1]", topic=topic)
    await row(office, "kind = 'relay' AND state = 'sending'")
    await office.telegram.until(lambda: office.telegram.faults.hits)
    office.user.account.blocked = False
    await office.user.say("Saya di sini [user/1]")
    await office.officer.sees("[user/1]", topic=topic)
    await office.user.sees("[officer/1]")
    assert not texts(topic, "BELUM sampai")


async def _refused(office: Office, description: str, *, times: int = 1, method: str = "sendMessage") -> None:
    office.telegram.break_with(Fault(method, status=400, description=f"Bad Request: {description}", times=times))


async def test_a_message_whose_target_is_gone_goes_without_it(office: Office) -> None:
    _, topic = await office.ticket()
    copy = await office.user_message("dibuka")
    await _refused(office, "message to be replied not found")
    await office.user.say("Tentang itu [user/1]", reply_to=copy)
    assert (await office.officer.sees("[user/1]", topic=topic)).reply_to is None


async def test_a_quote_that_is_not_found_leaves_the_reply(office: Office) -> None:
    _, topic = await office.ticket()
    await office.answer(topic, "Angkanya 512 ribu jiwa")
    copy = await office.user_message("512 ribu")
    await _refused(office, "QUOTE_TEXT_INVALID")
    await office.user.say("Yang ini [user/1]", reply_to=copy, quote="512 ribu")
    post = await office.officer.sees("[user/1]", topic=topic)
    assert post.quote is None
    assert post.reply_to is not None


async def test_an_edit_whose_copy_is_gone_is_posted_anew(office: Office) -> None:
    _, topic = await office.ticket()
    said = await office.user.say("Angka 1 [user/1]")
    copy = await office.officer.sees("[user/1]", topic=topic)
    office.telegram.world.remove(office.telegram.staff, copy)
    await office.user.edit(said, text="Angka 2 [user/1]")
    await office.officer.sees("Angka 2 [user/1]", topic=topic)
    await office.user.edit(said, text="Angka 3 [user/1]")
    await office.officer.sees("Angka 3 [user/1]", topic=topic)
    assert len(texts(topic, "[user/1]")) == 1


async def test_what_telegram_refuses_is_shown_as_a_text(office: Office) -> None:
    _, topic = await office.ticket()
    await _refused(office, "wrong file identifier", method="sendPhoto")
    await office.user.send("photo", caption="Peta [user/1]")
    await office.officer.sees("[foto] Peta [user/1]", topic=topic)
    await at_rest(office)


async def test_what_cannot_be_shown_at_all_is_said_to_the_sender(office: Office) -> None:
    _, topic = await office.ticket()
    await _refused(office, "something new", times=2)
    await office.user.say("Tidak mau masuk")
    await office.user.say("Ini masuk [user/1]")
    await office.user.sees("belum dapat diteruskan")
    await office.officer.sees("[user/1]", topic=topic)


async def test_an_album_that_is_refused_falls_apart(office: Office) -> None:
    _, topic = await office.ticket()
    await _refused(office, "group send failed", method="sendMediaGroup")
    await office.user.album(["photo", "photo", "video"], caption="Tiga [user/1]")
    await office.officer.sees("[user/1]", topic=topic)
    await office.telegram.until(lambda: [m.kind for m in texts(topic)][-3:] == ["photo", "photo", "video"])


async def test_a_fault_of_ours_blocks_nothing(office: Office) -> None:
    """A row that cannot be drawn is given up after three tries."""
    _, topic = await office.ticket()
    assert office.app is not None

    async def spoil(tx: Tx, key: str) -> None:
        await tx.execute("UPDATE outbox SET payload = replace(payload, 'staff_taken', $1) WHERE kind = 'text'", key)

    office.telegram.break_with(Fault("sendMessage", "flood", chat_id=GROUP, retry_after=10))
    await office.officer.press("Ambil", topic=topic)
    await row(office, "payload LIKE '%staff_taken%'")
    await office.app.store.run(spoil, "no_such_text")
    await office.user.say("Tetap sampai [user/1]")
    await time_flies(office, has(topic, "[user/1]"))
    assert await row(office, "payload LIKE '%no_such_text%'") == "failed"
