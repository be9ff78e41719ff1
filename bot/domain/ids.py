"""Ids of different things have different types, so that a chat id cannot be passed for a ticket id."""

from typing import NewType

OfficeCode = NewType("OfficeCode", str)
"""The BPS code of an office, such as "1207"."""

AccountId = NewType("AccountId", int)
IdentityId = NewType("IdentityId", int)
TicketId = NewType("TicketId", int)
MessageId = NewType("MessageId", int)
OutboxId = NewType("OutboxId", int)
InboxId = NewType("InboxId", int)
OfficerId = NewType("OfficerId", int)
ComplaintId = NewType("ComplaintId", int)
