"""What Telegram offers while somebody types "/" is what the desk understands."""

from handlers import admin, commands, menus, officer, staff


def test_every_offered_command_is_understood() -> None:
    assert set(menus.PUBLIC) | set(menus.PUBLIC.values()) == set(commands.PUBLIC)
    assert set(menus.STAFF) <= {*officer.COMMANDS, *admin.COMMANDS, *staff.NOTE_COMMANDS}
