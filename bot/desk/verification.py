"""Codes by e-mail: asked for, sent, typed. The same for a registration and for a change of address, so that nothing
in the answers tells whether an address is known here (QUALITY.md T5 to T8; DOMAIN.md §6 rule 16)."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from bot.channels.base import SendError
from bot.desk import optout, say, troubles
from bot.desk.context import Context
from bot.desk.say import Buttons
from bot.domain import codes
from bot.domain.addresses import domain_of, email_key, masked
from bot.domain.codes import RULES, Check, Code, CodeRules, Limit, Sends, Verdict
from bot.domain.slips import WELL_KNOWN
from storage import email_codes, offices, refusals
from storage.base import Tx
from storage.email_codes import EmailCode
from storage.identities import Identity

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
CAP_REACHED = "alarm_codes"
LIVE = ("waiting", "sent")
JUDGED = ("sent", "used", "dead")


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """What a code is asked for. `name` is bound into its hash.

    `is_taken`: whether the address is somebody else's, who then gets a mail without a code; `await_code` and
    `await_address`: what the person is to type next; `awaits_code`: whether they still are to; `verified`: what follows
    from the right code.
    """

    name: str
    buttons: Buttons
    state: str | None
    is_taken: Callable[[Tx, Context, str], Awaitable[bool]]
    await_code: Callable[[Tx, Context, Identity, str], Awaitable[None]]
    await_address: Callable[[Tx, Context, Identity], Awaitable[None]]
    awaits_code: Callable[[Tx, Identity], Awaitable[bool]]
    verified: Callable[[Tx, Context, Identity, EmailCode], Awaitable[None]]


# Asking for one.


async def request(tx: Tx, ctx: Context, identity: Identity, address: str, purpose: Purpose) -> None:
    """Queue a mail with a code, unless a limit stands against it; the answer is the same for every address (T7)."""
    key = email_key(address)
    if await refusals.has_any(tx, ctx.office, refusal(ctx, key), refusal(ctx, f"@{domain_of(key)}")):
        await _cannot_receive(tx, ctx, identity, address, purpose)
        return
    sends = await _sends(tx, ctx, identity, key)
    verdict = codes.may_send(sends, ctx.now, rules(ctx))
    if len(sends.by_office) >= rules(ctx).office_per_hour:
        await troubles.begin(tx, ctx, CAP_REACHED, most=rules(ctx).office_per_hour)
    if not verdict.ok:
        await _refuse(tx, ctx, identity, address, verdict, purpose)
        return
    await purpose.await_code(tx, ctx, identity, address)
    code_id = await email_codes.add(
        tx,
        ctx.office,
        identity.id,
        address=address,
        address_key=key,
        domain=domain_of(key),
        purpose=purpose.name,
        at=ctx.now,
    )
    await say.by_mail(
        tx,
        ctx,
        address,
        "email_wanted" if await purpose.is_taken(tx, ctx, key) else "code",
        lang=identity.lang,
        identity=identity,
        follow_up="code",
        code_id=code_id,
        minutes=_minutes(RULES.ttl),
        stop=optout.link(ctx, refusal(ctx, key)),
    )
    if "alarm_mail" in (await offices.get(tx, ctx.office)).trouble:
        await _say_mail_is_down(tx, ctx, identity, code_id)


async def look_at_cap(tx: Tx, ctx: Context) -> None:
    """The office's cap of codes counts as reached until half of the hour's codes are free again."""
    office = await offices.get(tx, ctx.office)
    recent = await email_codes.requests_of_office(tx, ctx.office, ctx.now - HOUR)
    if CAP_REACHED in office.trouble and 2 * len(recent) < rules(ctx).office_per_hour:
        await troubles.end(tx, ctx, CAP_REACHED)


def rules(ctx: Context) -> CodeRules:
    mail = ctx.settings.mail
    return CodeRules(office_per_hour=mail.codes_per_hour, domain_per_hour=mail.codes_per_domain_per_hour)


def refusal(ctx: Context, key: str) -> str:
    """How an address (as compared) or "@domain" stands in the list of those who want no codes."""
    return hmac.new(ctx.secret, f"refused\n{key}".encode(), sha256).hexdigest()


def mask(ctx: Context, key: str) -> str:
    """What stands for an address (as compared) that is to be forgotten: limits still count what was sent there (T8)."""
    return hmac.new(ctx.secret, f"forgotten\n{key}".encode(), sha256).hexdigest()


async def _sends(tx: Tx, ctx: Context, identity: Identity, key: str) -> Sends:
    """Half the country has its mailbox at one of a few providers: for them no limit by domain can hold."""
    day, hour, domain = ctx.now - DAY, ctx.now - HOUR, domain_of(key)
    of_person = await email_codes.requests_of_person(tx, identity.id, day)
    to_address = await email_codes.requests_of_address(tx, ctx.office, key, mask(ctx, key), day)
    to_domain = await email_codes.requests_of_domain(tx, ctx.office, domain, hour)
    return Sends(
        by_person_to_address=[at for at in of_person if at in to_address],
        to_address=to_address,
        by_person=of_person,
        to_domain=to_domain if domain not in WELL_KNOWN else (),
        by_office=await email_codes.requests_of_office(tx, ctx.office, hour),
    )


async def _refuse(tx: Tx, ctx: Context, identity: Identity, address: str, verdict: Verdict, purpose: Purpose) -> None:
    """Say how long to wait."""
    seconds = int(verdict.wait.total_seconds()) + 1
    if verdict.limit is Limit.RESEND:
        await _go_on_waiting(tx, ctx, identity, address, purpose)
        dedup = f"code_wait:{identity.id}:{int((ctx.now + verdict.wait).timestamp())}"
        buttons = await _buttons(tx, identity, purpose)
        await say.to_user(
            tx, ctx, identity, "code_wait", buttons=buttons, state=purpose.state, dedup=dedup, seconds=seconds
        )
        return
    buttons = await _buttons(tx, identity, purpose)
    await say.to_user(tx, ctx, identity, "code_limit", buttons=buttons, state=purpose.state, seconds=seconds)


async def _go_on_waiting(tx: Tx, ctx: Context, identity: Identity, address: str, purpose: Purpose) -> None:
    """A code to this very address is under way; a newer one to another is not given up unnoticed (rule 16)."""
    newest = await email_codes.latest(tx, identity.id, purpose.name)
    if newest is not None and newest.state in LIVE and newest.address_key == email_key(address):
        await purpose.await_code(tx, ctx, identity, address)


async def _buttons(tx: Tx, identity: Identity, purpose: Purpose) -> Buttons:
    return purpose.buttons if await purpose.awaits_code(tx, identity) else ()


async def _cannot_receive(tx: Tx, ctx: Context, identity: Identity, address: str, purpose: Purpose) -> None:
    """The mail server refused the address, or its owner wants nothing from us: said with the same words."""
    await purpose.await_address(tx, ctx, identity)
    await say.to_user(tx, ctx, identity, "mail_refused", masked=masked(address))


async def _say_mail_is_down(tx: Tx, ctx: Context, identity: Identity, code_id: int) -> None:
    """Once for each code that waits."""
    await say.to_user(tx, ctx, identity, "mail_down", dedup=f"mail_down:{code_id}")


# Sending it.


async def draw_code(tx: Tx, ctx: Context, code_id: int) -> str | None:
    """A fresh code for a mail that goes out now; None when the code was replaced meanwhile."""
    row = await email_codes.get(tx, code_id)
    if row is None or row.state not in LIVE:
        return None
    code = f"{ctx.randomness.randrange(10**RULES.digits):0{RULES.digits}d}"
    await email_codes.hand_over(tx, code_id, hash=_digest(ctx, row, code), at=ctx.now)
    return code


def _digest(ctx: Context, row: EmailCode, code: str) -> str:
    person = str(row.identity_id)
    return codes.digest(code, key=ctx.secret, person=person, address=row.address_key, purpose=row.purpose).hex()


async def handed_over(
    tx: Tx, ctx: Context, identity: Identity, row: EmailCode, purpose: Purpose, *, error: SendError | None
) -> None:
    """The mail server took the mail, has a problem for now, or refused the address."""
    if row.state not in LIVE:
        return
    if error is not None and not error.permanent:
        await email_codes.not_handed_over(tx, row.id)
    elif error is not None:
        await email_codes.set_state(tx, row.id, "refused")
    if await purpose.awaits_code(tx, identity):
        await _tell(tx, ctx, identity, row, purpose, error)


async def _tell(
    tx: Tx, ctx: Context, identity: Identity, row: EmailCode, purpose: Purpose, error: SendError | None
) -> None:
    if error is None:
        await purpose.await_code(tx, ctx, identity, row.address)
        await say.to_user(
            tx,
            ctx,
            identity,
            "code_sent",
            buttons=purpose.buttons,
            state=purpose.state,
            masked=masked(row.address),
            minutes=_minutes(RULES.ttl),
            seconds=int(RULES.resend_after.total_seconds()),
        )
    elif error.permanent:
        await _cannot_receive(tx, ctx, identity, row.address, purpose)
    else:
        await _say_mail_is_down(tx, ctx, identity, row.id)


def _minutes(delta: timedelta) -> int:
    return int(delta.total_seconds() // 60)


# Typing it.


async def attempt(tx: Tx, ctx: Context, identity: Identity, typed: str, purpose: Purpose) -> None:
    """Judge a typed code. Single use, bound to person, address and purpose, ten minutes, five tries (T5, T6)."""
    row = await email_codes.latest(tx, identity.id, purpose.name)
    if row is None or row.hash is None or row.sent_at is None or row.state not in JUDGED:
        await _again(tx, ctx, identity, "code_expired", purpose)
        return
    matches = hmac.compare_digest(_digest(ctx, row, typed), row.hash)
    code = Code(sent_at=row.sent_at, tries=row.tries, used_at=row.sent_at if row.state == "used" else None)
    verdict = codes.check(code, ctx.now, matches=matches)
    if verdict is Check.RIGHT:
        await email_codes.set_state(tx, row.id, "used")
        await purpose.verified(tx, ctx, identity, row)
    elif verdict is Check.WRONG:
        await _wrong(tx, ctx, identity, row, purpose, left=codes.tries_left(code) - 1)
    else:
        await _again(tx, ctx, identity, f"code_{verdict.value}", purpose)


async def _wrong(tx: Tx, ctx: Context, identity: Identity, row: EmailCode, purpose: Purpose, *, left: int) -> None:
    await email_codes.count_try(tx, row.id)
    if left > 0:
        await say.to_user(tx, ctx, identity, "bad_code", buttons=purpose.buttons, state=purpose.state, left=left)
    else:
        await email_codes.set_state(tx, row.id, "dead")
        await _again(tx, ctx, identity, "code_dead", purpose)


async def _again(tx: Tx, ctx: Context, identity: Identity, key: str, purpose: Purpose) -> None:
    """This code leads nowhere; another one may be asked for."""
    await say.to_user(tx, ctx, identity, key, buttons=purpose.buttons, state=purpose.state)
