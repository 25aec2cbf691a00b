"""For every test: passwords hash fast, since hashing well is Django's own tested work and slow by design."""

from django.conf import settings


def pytest_configure(config):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
