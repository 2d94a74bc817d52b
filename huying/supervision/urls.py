"""Addresses of supervisions and instructions."""

from django.urls import path

from huying.supervision.documents.letterhead import letterhead_page
from huying.supervision.queues import QUEUES
from huying.supervision.views import detail, instructions, lists, new

app_name = "supervision"

urlpatterns = [
    path("desk/supervisions/", lists.supervision_list, name="list"),
    *(
        path(
            f"desk/supervisions/{key or 'all'}/",
            lists.supervision_list,
            {"queue": key},
            name=f"queue-{key or 'all'}",
        )
        for key in QUEUES
        if key != "open"
    ),
    path("desk/supervisions/board/", lists.board, name="board"),
    path("desk/supervisions/new/", new.new_supervision, name="new"),
    path("desk/supervisions/<number:number>/", detail.detail, name="detail"),
    path("desk/supervisions/<number:number>/steps/<slug:key>/", detail.step, name="step"),
    path("desk/supervisions/<number:number>/documents/<int:pk>/", detail.document, name="document"),
    path("desk/instructions/", instructions.instruction_list, name="instructions"),
    path("desk/instructions/new/", instructions.new_instruction, name="new-instruction"),
    path("desk/instructions/<number:number>/", instructions.instruction, name="instruction"),
    path("desk/instructions/<number:number>/steps/<slug:key>/", instructions.step, name="instruction-step"),
    path("desk/settings/letterhead/", letterhead_page, name="letterhead"),
]
