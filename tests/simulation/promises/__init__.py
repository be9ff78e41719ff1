"""What must hold of every world once it has come to rest (QUALITY.md §1): PROMISES is the list, one function each.

A promise looks at the evidence and names what breaks it, one sentence for each break.
"""

from collections.abc import Callable, Iterator

from tests.simulation.evidence import Evidence
from tests.simulation.promises import platform, privacy, rest, tickets, words

Promise = Callable[[Evidence], Iterator[str]]

PROMISES: tuple[Promise, ...] = (
    privacy.people_see_only_what_is_theirs,
    privacy.no_card_stands_in_a_private_chat,
    privacy.topics_show_only_their_own_ticket,
    privacy.no_code_and_no_address_goes_to_the_staff,
    privacy.complaints_reach_the_supervisor,
    words.every_word_of_users_arrives,
    words.every_answer_arrives_or_is_said_not_to,
    words.nothing_is_doubled_without_a_doubt,
    words.users_words_keep_their_order,
    words.answers_keep_their_order,
    words.copies_show_the_newest_version,
    words.every_answer_bears_its_mark,
    platform.nothing_is_sent_inside_a_penalty,
    platform.requests_are_as_the_platform_describes_them,
    platform.an_open_ticket_has_one_live_topic,
    platform.the_topic_of_a_closed_ticket_is_closed,
    tickets.silence_closes_after_seven_days_of_the_users_silence,
    tickets.each_rated_close_asks_once,
    rest.nothing_is_left_to_do,
    rest.every_update_is_kept,
    rest.what_is_marked_sent_was_sent,
)
