"""What Telegram offers while somebody types "/" is what the desk understands."""

from bot.texts import Texts
from handlers import admin, commands, menus, officer, staff
from tests.templates.samples import OFFICE


def test_every_offered_command_is_understood() -> None:
    assert set(menus.PUBLIC) | set(menus.PUBLIC.values()) == set(commands.PUBLIC)
    assert set(menus.STAFF) <= {*officer.COMMANDS, *staff.ANYWHERE, *staff.NOTE_COMMANDS}
    assert set(menus.ADMIN) <= set(admin.COMMANDS)


def test_every_command_is_offered_but_for_second_names() -> None:
    assert {*officer.COMMANDS, *staff.ANYWHERE} - set(menus.STAFF) == {"help"}
    assert set(admin.COMMANDS) - {*menus.ADMIN, *menus.STAFF} == {"laporan"}


def test_only_admins_are_offered_what_only_admins_may_do() -> None:
    offered = menus.menus(Texts(OFFICE), ("111",))
    for menu in offered:
        names = {name for name, _ in menu.commands}
        assert names.isdisjoint(menus.ADMIN) == (menu.member == ""), menu
    assert {(menu.place, menu.member) for menu in offered} == {
        ("private", ""),
        ("staff", ""),
        ("private", "111"),
        ("staff", "111"),
    }
