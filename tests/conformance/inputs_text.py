"""Pieces of text for random inputs."""

HEX = "0123456789abcdef"
TOKEN = "abcxyzABC019!#$&'*+-.^_`|~"
LETTERS = ["a", "b", "Z", "0", "9", " ", "-", "_", ".", "/", "%", "\"", "\\", "'", "<", "é", "ß", "€", "語", "🚀", "\u0301"]
CONTROLS = ["\t", "\n", "\x01", "\x7f", "\u2028", "\ufffd"]


def choose(chance, weights, then=lambda value: value):
    """One key of a dict of weights."""
    return then(chance.choices(list(weights), list(weights.values()))[0])


def hex_digits(chance, count):
    return "".join(chance.choice(HEX) for _ in range(count))


def id_text(chance, count):
    """Digits of an id, rarely all zeros."""
    return "0" * count if chance.random() < 0.03 else hex_digits(chance, count)


def text(chance, most, plain=False):
    letters = LETTERS if plain else LETTERS + CONTROLS
    return "".join(chance.choice(letters) for _ in range(chance.randrange(most + 1)))


def token(chance):
    return "".join(chance.choice(TOKEN) for _ in range(chance.choice([1, 1, 2, 5])))


def white_space(chance):
    return "" if chance.random() < 0.8 else "".join(chance.choice(" \t") for _ in range(chance.randrange(1, 4)))


def some_of(chance, make, most):
    return [make() for _ in range(chance.randrange(most))]


def damaged(chance, value):
    """The value with one letter changed, added, doubled or left out."""
    if not value:
        return chance.choice(LETTERS)
    at = chance.randrange(len(value))
    letter = chance.choice([*LETTERS, *CONTROLS, "g", "F", "0", "-", ":", "=", ",", ";", value[at].upper()])
    return chance.choice([value[:at] + letter + value[at + 1:], value[:at] + letter + value[at:], value[:at] + value[at + 1:],
                          value[:at] + value[at] + value[at:], value[:at]])
