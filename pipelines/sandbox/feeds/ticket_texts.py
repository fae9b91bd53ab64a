"""What customers write to support: sentences of each topic, and what makes real messages hard to sort.

Some messages name a second subject, some say almost nothing, and all differ in greeting and in the words around the
matter, so that a classifier of topics has something to be wrong about.

Belongs here: wording. Does not belong here: which ticket gets which text (``support_tickets``).
"""

from __future__ import annotations

from itertools import product

_SLOTS = {
    "{device}": ("TV", "tablet", "phone", "laptop", "console", "streaming stick"),
    "{time}": ("yesterday", "last night", "since Monday", "for a week", "this morning", "since the last update"),
    "{title}": ("series", "documentary", "film", "match", "kids' show", "new season"),
}

OPENINGS = ("Hello, ", "Hi there, ", "Good evening, ", "", "Dear team, ")

_SENTENCES: dict[str, tuple[str, ...]] = {
    "billing": (
        "I was charged twice this month and would like one of the payments back.",
        "my bank shows a higher amount than last month, did the price go up?",
        "the payment failed {time} although my card works everywhere else.",
        "please send me the invoice for my last payment.",
        "the discount that was promised is not on my statement.",
        "why was money taken although I am still in the trial?",
        "it has become too expensive for what we watch, is there a cheaper plan?",
        "I want to pay by another card from now on.",
    ),
    "streaming_quality": (
        "the picture keeps freezing every few minutes on my {device}.",
        "the {title} buffered all the time {time}.",
        "sound and picture are out of sync {time}.",
        "the quality drops to a blur in the evening although my line is fast.",
        "there is no sound in the {title}, other services are fine.",
        "it stutters on my {device} as soon as I choose full quality.",
        "the live stream is a minute behind and stops {time}.",
    ),
    "content": (
        "when will the next part of the {title} be available?",
        "there is hardly anything new to watch, are more films planned?",
        "the {title} I signed up for has been removed.",
        "why does the {title} have no subtitles in my language?",
        "please bring back the {title} that was here in spring.",
        "we have watched everything that interests us, what comes next?",
    ),
    "account_access": (
        "I cannot log in {time}, the password reset mail never arrives.",
        "my account says that I have no subscription although I paid.",
        "please change the mail address of my account.",
        "my {device} asks for a code that I never receive.",
        "somebody else seems to use my account, please lock it.",
        "after signing in I only see the welcome page.",
    ),
    "devices": (
        "the app does not start on my {device} any more.",
        "how many devices may watch at the same time?",
        "casting to the living-room {device} stops after a minute.",
        "is there an app for my old {device}?",
        "the app crashes on my {device} {time}.",
        "please remove a {device} from my list, I sold it.",
    ),
    "how_to_cancel": (
        "where do I find the button to cancel my subscription?",
        "I would like to cancel, the app only shows me offers.",
        "please stop the renewal, I do not use it enough.",
        "how do I end the trial before I have to pay?",
        "I cancelled {time} but it still says that it renews.",
        "does the cancellation count at once or at the end of the period?",
    ),
}

VAGUE = (
    "it does not work {time}, please help.",
    "nothing works on my {device}, what can I do?",
    "I have a question about my subscription, please call me.",
    "this is the third time that I write to you.",
    "something is wrong {time}, can somebody have a look?",
)
SECOND_SUBJECT = " And one more thing: "
ENDINGS = (
    "",
    "",
    " Please answer soon.",
    " I have tried to restart it twice.",
    " Otherwise we like the service.",
    " I have been with you for years.",
    " My {device} is up to date.",
    "",
    "",
    " Thank you!",
)


def variants(sentences: tuple[str, ...]) -> list[str]:
    """Every sentence with every filling of its slots."""
    filled = []
    for sentence in sentences:
        slots = [slot for slot in _SLOTS if slot in sentence]
        for values in product(*(_SLOTS[slot] for slot in slots)):
            text = sentence
            for slot, value in zip(slots, values, strict=True):
                text = text.replace(slot, value)
            filled.append(text)
    return filled


def matters(topic: str) -> list[str]:
    """The sentences that are about a topic, slots filled."""
    return variants(_SENTENCES[topic])
