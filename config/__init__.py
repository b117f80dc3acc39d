"""Wiring: settings, addresses, the Celery app and the commands that start them."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
