"""From the first hello to a verified account: consent, e-mail, code, name, two taps (SK No. 107, requirements 1, 2)."""

from datetime import timedelta
from typing import Any

from bot.desk import questions, say, verification
from bot.desk.context import Context
from bot.desk.say import Button
from bot.desk.verification import Purpose
from bot.domain import drafts
from bot.domain.addresses import email_key, masked
from bot.domain.ids import AccountId
from storage import accounts, dialogues, email_codes, identities, inbox, messages, personal
from storage.base import Tx
from storage.dialogues import Dialogue
from storage.email_codes import EmailCode
from storage.identities import Identity

RESEND = ((Button("resend", "resend"), Button("change_email", "change_email")),)
# Steps before there is an account.
UNREGISTERED = ("email", "code")
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
    """The notice and its two buttons. Where somebody stood when the notice changed stays noted."""
    before = await dialogues.get(tx, identity.id)
    await go(tx, ctx, identity, "consent", before.data if before is not None and before.state == "consent" else None)
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
        retention=ctx.settings.privacy.kept(identity.lang),
        dpo=ctx.settings.privacy.dpo_contact or None,
    )


async def refused(tx: Tx, ctx: Context, identity: Identity, lane: str) -> None:
    """Nothing that was typed is kept. A stranger is taken out altogether a day later, when the answer has gone out."""
    await forget_typed(tx, ctx, identity)
    await inbox.blank_lane(tx, ctx.office, lane)
    if identity.account_id is None:
        await dialogues.go(tx, ctx.office, identity.id, "new", at=ctx.now, lapse_at=ctx.now + timedelta(days=1))
    else:
        await dialogues.go(tx, ctx.office, identity.id, "idle", at=ctx.now)


async def forget_typed(tx: Tx, ctx: Context, identity: Identity) -> None:
    """Drafts with their raw updates, addresses without an account, and what was said to the person about both."""
    await messages.drop_draft(tx, identity.id)
    await personal.forget_addresses(tx, identity.id, await masks(tx, ctx, identity))


async def masks(tx: Tx, ctx: Context, identity: Identity) -> dict[str, str]:
    """For each address the person typed the keyed hash that stands for it once it is forgotten."""
    return {key: verification.mask(ctx, key) for key in await email_codes.keys_of(tx, identity.id)}


async def ask_email(tx: Tx, ctx: Context, identity: Identity, *, dedup: str | None = None) -> None:
    """Ask for the address; a code that is on its way ends only when another one is asked for."""
    await go(tx, ctx, identity, "email")
    await say.to_user(tx, ctx, identity, "ask_email", dedup=dedup, kept=await messages.draft_size(tx, identity.id))


async def request_code(tx: Tx, ctx: Context, identity: Identity, address: str) -> None:
    await verification.request(tx, ctx, identity, address, REGISTER)


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


async def try_code(tx: Tx, ctx: Context, identity: Identity, typed: str) -> None:
    await verification.attempt(tx, ctx, identity, typed, REGISTER)


async def _await_code(tx: Tx, ctx: Context, identity: Identity, address: str) -> None:
    await go(tx, ctx, identity, "code", {"address": address})


async def _await_address(tx: Tx, ctx: Context, identity: Identity) -> None:
    await go(tx, ctx, identity, "email")


async def _awaits_code(tx: Tx, identity: Identity) -> bool:
    dialogue = await dialogues.get(tx, identity.id)
    return dialogue is not None and dialogue.state == "code"


async def _is_taken(tx: Tx, ctx: Context, key: str) -> bool:
    """Never: several chats may write under one address."""
    return False


async def _verified(tx: Tx, ctx: Context, identity: Identity, row: EmailCode) -> None:
    """One verified address is one account; several chats may share it, and its mailbox is told (rule 13)."""
    account = await accounts.of_email(tx, ctx.office, row.address_key)
    others = await accounts.chats(tx, account.id) if account and account.id != identity.account_id else 0
    if others >= CHATS_MOST:
        await go(tx, ctx, identity, "email")
        await say.to_user(tx, ctx, identity, "address_full", masked=masked(row.address))
        return
    await attach(tx, ctx, identity, row.address)
    await go(tx, ctx, identity, "name")
    await say.to_user(tx, ctx, identity, "verified")


async def attach(tx: Tx, ctx: Context, identity: Identity, address: str) -> AccountId:
    """The person writes under this verified address from now on; who else does learns of it by mail."""
    key = email_key(address)
    account = await accounts.of_email(tx, ctx.office, key)
    others = await accounts.chats(tx, account.id) if account and account.id != identity.account_id else 0
    if account is None:
        account_id = await accounts.add(tx, ctx.office, email=address, email_key=key, at=ctx.now)
    else:
        account_id = account.id
    await identities.set_account(tx, identity.id, account_id)
    if account is not None and others:
        await say.by_mail(tx, ctx, account.email, "code_taken", lang=identity.lang)
    return account_id


REGISTER = Purpose(
    name="register",
    buttons=RESEND,
    state="code",
    is_taken=_is_taken,
    await_code=_await_code,
    await_address=_await_address,
    awaits_code=_awaits_code,
    verified=_verified,
)


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
    """Remind once of a registration that was begun, or of a notice that is not agreed to."""
    await dialogues.set_timers(tx, dialogue.identity_id, nudge_at=None, lapse_at=dialogue.lapse_at)
    identity = await identities.get(tx, dialogue.identity_id)
    if identity is not None:
        key = "registration_nudge" if identity.account_id is None else "consent_needed"
        await say.to_user(tx, ctx, identity, key)
