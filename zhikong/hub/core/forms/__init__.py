"""Forms of the core area. `signin` stands apart: it is read by django-allauth once the models are there."""
