"""The one error that users see as a sentence."""


class Refused(Exception):
    """A rule of the domain says no. The text is shown to the user as it stands: what, where, and the remedy."""
