from django.urls import path

from . import views

app_name = "network"
urlpatterns = [
    path("coverage/", views.coverage_matrix, name="coverage_matrix"),
    path("rankings/", views.rankings, name="rankings"),
    path("targets/", views.targets, name="targets"),
    path("targets/set/", views.set_target, name="set_target"),
    path("targets/<int:target_id>/change/", views.change_target, name="change_target"),
    path("targets/<int:target_id>/end/", views.end_target, name="end_target"),
    path("reminders/", views.reminders, name="reminders"),
    path("reminders/send/", views.remind, name="remind"),
    path("reminders/<int:reminder_id>/", views.reminder, name="reminder"),
    path("reminders/<int:reminder_id>/read/", views.read_reminder, name="read_reminder"),
    path("notices/", views.notices, name="notices"),
    path("notices/receive/", views.receive_notice, name="receive_notice"),
    path("notices/<int:notice_id>/", views.notice, name="notice"),
    path("notices/<int:notice_id>/names/", views.answer_names, name="answer_names"),
    path("notices/<int:notice_id>/take-in/", views.take_in_notice, name="take_in_notice"),
    path("notices/<int:notice_id>/set-aside/", views.set_aside_notice, name="set_aside_notice"),
    path("discrepancies/<int:discrepancy_id>/handle/", views.handle_discrepancy, name="handle_discrepancy"),
    path("pick/institution/", views.pick_institution, name="pick_institution"),
    path("pick/centre/", views.pick_centre, name="pick_centre"),
    path("pick/region/", views.pick_region, name="pick_region"),
    path("pick/specialty/", views.pick_specialty, name="pick_specialty"),
]
