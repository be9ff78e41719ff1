"""Who runs an office on PostgreSQL, for those who only look."""

from storage.base import Reader

# Tables of PostgreSQL alone; row security does not bind them.
_OWNER = (
    "SELECT processes.place FROM leases JOIN processes ON processes.id = leases.owner"
    " WHERE leases.office = $1 AND processes.until > clock_timestamp()"
)


async def of_office(reader: Reader, office: str) -> str:
    """Machine and process of the owner; nothing when nobody runs it."""
    return str(await reader.value(_OWNER, office) or "")
