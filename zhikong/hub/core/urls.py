from django.urls import path

from . import views

app_name = "core"
urlpatterns = [
    path("", views.home, name="home"),
    path("files/<uuid:file_id>/", views.file, name="file"),
    path("history/<str:label>/<str:pk>/", views.history, name="history"),
]
