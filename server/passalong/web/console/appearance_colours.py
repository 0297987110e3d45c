"""The contrast of two colours, by WCAG 2. Pure."""

ENOUGH = 4.5
"""The contrast that WCAG 2 wants of text."""


def contrast(first: str, other: str) -> float:
    """Return the contrast of two colours like #0b5d44, from 1 to 21."""
    light, dark = sorted((_luminance(first), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
