"""From the first hello to a verified account: consent, e-mail, code, name, two taps (SK No. 107, requirements 1, 2)."""

import hmac
from datetime import timedelta
from typing import Any

from bot.channels.base import SendError
from bot.desk import questions, say, troubles
from bot.desk.context import Context
from bot.desk.say import Button
from bot.domain import codes, drafts
from bot.domain.addresses import email_key, masked
from bot.domain.codes import RULES, Check, Code, Limit, Sends, Verdict
from storage import accounts, consents, dialogues, email_codes, identities, inbox, messages, offices
from storage.base import Tx
from storage.dialogues import Dialogue
from storage.email_codes import EmailCode
from storage.identities import Identity

PURPOSE = "register"
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
RESEND = ((Button("resend", "resend"), Button("change_email", "change_email")),)
CAP_REACHED = "alarm_codes"
CHATS_MOST = 5  # that may write under one address: offices share mailboxes (DOMAIN.md §6 rule 13)


async def welcome(tx: Tx, ctx: Context, identity: Identity) -> None:
    """The greeting and the question for consent."""
    await say.to_user(tx, ctx, identity, "greet", now=ctx.now)
    await ask_consent(tx, ctx, identity)


async def go(tx: Tx, ctx: Context, identity: Identity, state: str, data: dict[str, Any] | None = None) -> None:
    """One step of the registration: left unfinished: a reminder next morning, erased after 30 days (rule 28)."""
    nudge = drafts.registration_nudge_at(ctx.now, ctx.calendar.zone)
    await dialogues.go(
        tx, ctx.office, identity.id, state, at=ctx.now, data=data, nudge_at=nudge, lapse_at=drafts.forget_at(ctx.now)
    )


async def ask_consent(tx: Tx, ctx: Context, identity: Identity) -> None:
    await go(tx, ctx, identity, "consent")
    privacy = ctx.settings.privacy
    await say.to_user(
        tx,
        ctx,
        identity,
        "consent",
        buttons=(
            (Button("agree", "agree"), Button("decline", "decline")),
            (Button("other_language", "language", "en" if identity.lang == "id" else "id"),),
        ),
        state="consent",
        channel=identity.channel,
        retention=privacy.retention if identity.lang == "id" else privacy.retention_en,
    )


async def agree(tx: Tx, ctx: Context, identity: Identity) -> None:
    """Record the consent: version, time, language."""
    version = ctx.settings.privacy.version
    await consents.add(tx, ctx.office, identity.id, version=version, lang=identity.lang, at=ctx.now)
    await ask_email(tx, ctx, identity)


async def decline(tx: Tx, ctx: Context, identity: Identity, lane: str) -> None:
    """Forget what was typed, in the raw updates too."""
    await messages.drop_draft(tx, identity.id)
    await inbox.blank_lane(tx, ctx.office, lane)
    await dialogues.go(tx, ctx.office, identity.id, "new", at=ctx.now)
    await say.to_user(tx, ctx, identity, "consent_no")


async def ask_email(tx: Tx, ctx: Context, identity: Identity, *, dedup: str | None = None) -> None:
    """Ask for the address; a code that is on its way ends only when another one is asked for."""
    await go(tx, ctx, identity, "email")
    await say.to_user(tx, ctx, identity, "ask_email", dedup=dedup, kept=await messages.draft_size(tx, identity.id))


async def request_code(tx: Tx, ctx: Context, identity: Identity, address: str) -> None:
    """Queue a mail with a code, unless a limit stands against it; the answer is the same for every address (T7)."""
    key = email_key(address)
    sends = await _sends(tx, ctx, identity, key)
    verdict = codes.may_send(sends, ctx.now)
    if sends.office_last_hour >= RULES.office_per_hour:
        await troubles.begin(tx, ctx, CAP_REACHED, most=RULES.office_per_hour)
    if not verdict.ok:
        await _refuse(tx, ctx, identity, address, verdict)
        return
    await go(tx, ctx, identity, "code", {"address": address})
    code_id = await email_codes.add(tx, ctx.office, identity.id, address=address, address_key=key, at=ctx.now)
    await say.by_mail(
        tx,
        ctx,
        address,
        "code",
        lang=identity.lang,
        identity=identity,
        follow_up="code",
        code_id=code_id,
        minutes=int(RULES.ttl.total_seconds() // 60),
    )
    if "alarm_mail" in (await offices.get(tx, ctx.office)).trouble:
        await _say_mail_is_down(tx, ctx, identity, code_id)


async def _say_mail_is_down(tx: Tx, ctx: Context, identity: Identity, code_id: int) -> None:
    """Once for each code that waits."""
    await say.to_user(tx, ctx, identity, "mail_down", dedup=f"mail_down:{code_id}")


async def _refuse(tx: Tx, ctx: Context, identity: Identity, address: str, verdict: Verdict) -> None:
    """Say how long to wait. During the cool-down a code to this address is under way, and the desk waits for it."""
    seconds = int(verdict.wait.total_seconds()) + 1
    moment = int((ctx.now + verdict.wait).timestamp())
    if verdict.limit is Limit.RESEND:
        await go(tx, ctx, identity, "code", {"address": address})
        dedup = f"code_wait:{identity.id}:{moment}"
        await say.to_user(tx, ctx, identity, "code_wait", buttons=RESEND, state="code", dedup=dedup, seconds=seconds)
        return
    dialogue = await dialogues.get(tx, identity.id)
    buttons = RESEND if dialogue is not None and dialogue.state == "code" else ()
    await say.to_user(tx, ctx, identity, "code_limit", buttons=buttons, state="code", seconds=seconds)


async def _sends(tx: Tx, ctx: Context, identity: Identity, key: str) -> Sends:
    day = ctx.now - DAY
    of_person = await email_codes.requests_of_person(tx, identity.id, day)
    to_address = await email_codes.requests_of_address(tx, ctx.office, key, day)
    return Sends(
        by_person_to_address=[at for at in of_person if at in to_address],
        to_address=to_address,
        by_person=of_person,
        office_last_hour=len(await email_codes.requests_of_office(tx, ctx.office, ctx.now - HOUR)),
    )


async def look_at_cap(tx: Tx, ctx: Context) -> None:
    """The office's cap of codes counts as reached until half of the hour's codes are free again."""
    office = await offices.get(tx, ctx.office)
    recent = await email_codes.requests_of_office(tx, ctx.office, ctx.now - HOUR)
    if CAP_REACHED in office.trouble and 2 * len(recent) < RULES.office_per_hour:
        await troubles.end(tx, ctx, CAP_REACHED)


async def resend(tx: Tx, ctx: Context, identity: Identity) -> None:
    """Another code to the address typed last."""
    address = await _address(tx, identity)
    if address:
        await request_code(tx, ctx, identity, address)
    else:
        await ask_email(tx, ctx, identity)


async def _address(tx: Tx, identity: Identity) -> str:
    dialogue = await dialogues.get(tx, identity.id)
    return str(dialogue.data.get("address", "")) if dialogue is not None else ""


async def remind_of_code(tx: Tx, ctx: Context, identity: Identity, *, dedup: str | None = None) -> None:
    """What is awaited, and the ways on."""
    await say.to_user(
        tx,
        ctx,
        identity,
        "code_hint",
        buttons=RESEND,
        state="code",
        dedup=dedup,
        masked=masked(await _address(tx, identity)),
        kept=await messages.draft_size(tx, identity.id),
    )


async def draw_code(tx: Tx, ctx: Context, code_id: int) -> str | None:
    """A fresh code for a mail that goes out now; None when the code was replaced meanwhile."""
    row = await email_codes.get(tx, code_id)
    if row is None or row.state not in ("waiting", "sent"):
        return None
    code = f"{ctx.randomness.randrange(10**RULES.digits):0{RULES.digits}d}"
    await email_codes.hand_over(tx, code_id, hash=_digest(ctx, row, code), at=ctx.now)
    return code


def _digest(ctx: Context, row: EmailCode, code: str) -> str:
    return codes.digest(
        code, key=ctx.secret, person=str(row.identity_id), address=row.address_key, purpose=PURPOSE
    ).hex()


async def code_handed_over(tx: Tx, ctx: Context, identity: Identity, code_id: int, *, error: SendError | None) -> None:
    """The mail server took the mail, has a problem for now, or refused the address."""
    row = await email_codes.get(tx, code_id)
    if row is None or row.state not in ("waiting", "sent"):
        return
    if error is not None and not error.permanent:
        await email_codes.not_handed_over(tx, code_id)
    elif error is not None:
        await email_codes.set_state(tx, code_id, "refused")
    dialogue = await dialogues.get(tx, identity.id)
    if dialogue is not None and dialogue.state == "code":
        await _tell_of_mail(tx, ctx, identity, row, error)


async def _tell_of_mail(tx: Tx, ctx: Context, identity: Identity, row: EmailCode, error: SendError | None) -> None:
    if error is None:
        await say.to_user(
            tx,
            ctx,
            identity,
            "code_sent",
            buttons=RESEND,
            state="code",
            masked=masked(row.address),
            minutes=int(RULES.ttl.total_seconds() // 60),
            seconds=int(RULES.resend_after.total_seconds()),
        )
    elif error.permanent:
        await go(tx, ctx, identity, "email")
        await say.to_user(tx, ctx, identity, "mail_refused", masked=masked(row.address))
    else:
        await _say_mail_is_down(tx, ctx, identity, row.id)


async def try_code(tx: Tx, ctx: Context, identity: Identity, typed: str) -> None:
    """Judge a typed code. Single use, bound to person and address, ten minutes, five tries (QUALITY.md T5, T6)."""
    row = await email_codes.latest(tx, identity.id)
    if row is None or row.hash is None or row.sent_at is None:
        await say.to_user(tx, ctx, identity, "code_expired", buttons=RESEND, state="code")
        return
    matches = hmac.compare_digest(_digest(ctx, row, typed), row.hash)
    code = Code(sent_at=row.sent_at, tries=row.tries, used_at=row.sent_at if row.state == "used" else None)
    verdict = codes.check(code, ctx.now, matches=matches)
    if verdict is Check.RIGHT:
        await _verified(tx, ctx, identity, row)
    elif verdict is Check.WRONG:
        await _wrong(tx, ctx, identity, row, left=codes.tries_left(code) - 1)
    else:
        await say.to_user(tx, ctx, identity, f"code_{verdict.value}", buttons=RESEND, state="code")


async def _wrong(tx: Tx, ctx: Context, identity: Identity, row: EmailCode, *, left: int) -> None:
    await email_codes.count_try(tx, row.id)
    if left > 0:
        await say.to_user(tx, ctx, identity, "bad_code", buttons=RESEND, state="code", left=left)
    else:
        await email_codes.set_state(tx, row.id, "dead")
        await say.to_user(tx, ctx, identity, "code_dead", buttons=RESEND, state="code")


async def _verified(tx: Tx, ctx: Context, identity: Identity, row: EmailCode) -> None:
    """One verified address is one account; several chats may share it, and its mailbox is told (rule 13)."""
    await email_codes.set_state(tx, row.id, "used")
    account = await accounts.of_email(tx, ctx.office, row.address_key)
    others = await accounts.chats(tx, account.id) if account and account.id != identity.account_id else 0
    if others >= CHATS_MOST:
        await go(tx, ctx, identity, "email")
        await say.to_user(tx, ctx, identity, "address_full", masked=masked(row.address))
        return
    if account is None:
        account_id = await accounts.add(tx, ctx.office, email=row.address, email_key=row.address_key, at=ctx.now)
    else:
        account_id = account.id
    await identities.set_account(tx, identity.id, account_id)
    if account is not None and others:
        await say.by_mail(tx, ctx, account.email, "code_taken", lang=identity.lang)
    await go(tx, ctx, identity, "name")
    await say.to_user(tx, ctx, identity, "verified")


async def ask_origin(tx: Tx, ctx: Context, identity: Identity, *, dedup: str | None = None) -> None:
    await _profile(tx, ctx, identity, "origin")
    await _ask_list(tx, ctx, identity, "origin", dedup=dedup)


async def ask_use(tx: Tx, ctx: Context, identity: Identity, *, dedup: str | None = None) -> None:
    await _profile(tx, ctx, identity, "use")
    await _ask_list(tx, ctx, identity, "use", dedup=dedup)


async def _profile(tx: Tx, ctx: Context, identity: Identity, state: str) -> None:
    """A step that may be skipped: a question already typed does not wait for it longer than for Send (rule 28)."""
    kept = await messages.draft_size(tx, identity.id)
    await dialogues.go(tx, ctx.office, identity.id, state, at=ctx.now, **questions.timers(ctx, kept))


async def _ask_list(tx: Tx, ctx: Context, identity: Identity, step: str, *, dedup: str | None) -> None:
    """A question with one button a row, its labels from the list `step`, and a way to skip."""
    choices = tuple((Button(label, step, label.removeprefix(f"{step}.")),) for label in ctx.texts.label_keys(step))
    buttons = (*choices, (Button("skip", step, ""),))
    await say.to_user(tx, ctx, identity, f"profile_{step}", buttons=buttons, state=step, dedup=dedup)


async def nudge(tx: Tx, ctx: Context, dialogue: Dialogue) -> None:
    """Remind once of a registration that was begun."""
    await dialogues.set_timers(tx, dialogue.identity_id, nudge_at=None, lapse_at=dialogue.lapse_at)
    identity = await identities.get(tx, dialogue.identity_id)
    if identity is not None:
        await say.to_user(tx, ctx, identity, "registration_nudge")


async def forget(tx: Tx, ctx: Context, dialogue: Dialogue) -> None:
    """Erase a registration that was never finished, with all that was typed."""
    await messages.drop_draft(tx, dialogue.identity_id)
    await dialogues.go(tx, ctx.office, dialogue.identity_id, "new", at=ctx.now)
