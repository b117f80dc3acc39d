"""Codes that both halves use."""

from django.db import models


class Dimension(models.TextChoices):
    """What a unit measures; units of one dimension convert into each other."""

    COUNT = "COUNT", "Count"
    LENGTH = "LENGTH", "Length"
    MASS = "MASS", "Mass"
    VOLUME = "VOLUME", "Volume"
    AREA = "AREA", "Area"
    TIME = "TIME", "Time"
    MONEY = "MONEY", "Lump sum"


class OutboxStatus(models.TextChoices):
    """Where an outgoing message stands."""

    DUE = "DUE", "Waiting"
    SENDING = "SENDING", "Being sent"
    SENT = "SENT", "Sent"
    DEAD = "DEAD", "Given up"
