from django.urls import path

from . import views

app_name = "network"
urlpatterns = [
    path("pick/institution/", views.pick_institution, name="pick_institution"),
    path("pick/centre/", views.pick_centre, name="pick_centre"),
    path("pick/region/", views.pick_region, name="pick_region"),
    path("pick/specialty/", views.pick_specialty, name="pick_specialty"),
]
