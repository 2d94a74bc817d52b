"""What people are told at each step of a docket and of its work, and to a joint meeting."""

from __future__ import annotations

from django.utils import timezone

from huying.dockets.models import Meeting
from huying.dockets.steps.meeting import INVITED
from huying.kernel import outbox
from huying.kernel.outbox import Payload
from huying.matters.messages import DUE, Draft, Posts, Recipients, send, templates
from huying.matters.wording import OTHERS, Template, own_placeholder

OTHERS["docket.invited"] = ("安排联席会议", "受邀单位")
own_placeholder("meeting", "会议时间和地点", "11月27日 14:30 在区政府三楼会议室")
own_placeholder("body", "单位名称", "区水务和湖泊局")

for _key, _template in {
    "docket.drafted": Template("议题待立项", "新提出议题“{title}”（{number}），请研究是否立项。"),
    "docket.opened": Template("请牵头办理议题", "议题“{title}”（{number}）由{holder}牵头，请在 {due} 前启动办理。"),
    "docket.opened_member": Template("参加办理议题", "议题“{title}”（{number}）由{holder}牵头，贵单位为成员单位。"),
    "docket.adjusted": Template("议题分工调整", "议题“{title}”（{number}）的分工有调整，请查看。"),
    "docket.invited": Template(
        "联席会议邀请", "议题“{title}”（{number}）的联席会议定于{meeting}召开，请贵单位回复是否参加。"
    ),
    "docket.not_coming": Template(
        "有单位不能参会", "议题“{title}”（{number}）的联席会议，{body}不能参加，原因请查看议题。"
    ),
    "docket.meeting_cancelled": Template(
        "联席会议取消", "议题“{title}”（{number}）原定的联席会议取消，原因请查看议题。"
    ),
    "docket.minutes": Template("会议纪要已登记", "议题“{title}”（{number}）的联席会议纪要已登记，请查看。"),
    "docket.proposed": Template("议题待验收", "议题“{title}”（{number}）已提请验收，请在 {due} 前验收。"),
    "docket.sent_back": Template("议题退回续办", "议题“{title}”（{number}）被退回，请按意见继续办理。"),
    "docket.closed": Template("议题已办结", "议题“{title}”（{number}）已验收办结。"),
    "docket.withdrawn": Template("议题已撤销", "议题“{title}”（{number}）已撤销，原因请查看议题。"),
    "docket.succeeded": Template("承接议题", "议题“{title}”（{number}）的单位有变更，现由{holder}办理。"),
    "docket_work.assigned": Template("新的议题任务", "{number}“{title}”由{holder}落实，请在 {due} 前反馈结果。"),
    "docket_work.fed_back": Template("议题任务待验收", "{number}“{title}”已反馈结果，请在 {due} 前验收。"),
    "docket_work.accepted": Template("议题任务已验收", "{number}“{title}”已验收通过。"),
    "docket_work.sent_back": Template("议题任务被退回", "{number}“{title}”被退回，请按意见重新落实，{due} 前反馈。"),
    "docket_work.given_up": Template("议题任务已取消", "{number}“{title}”已取消，原因请查看任务。"),
    "docket_work.succeeded": Template("承接议题任务", "{number}“{title}”的单位有变更，现由{holder}办理。"),
}.items():
    templates.add(_key, _template)


@outbox.handler(INVITED)
def tell_invited(payloads: list[Payload]) -> None:
    send(invitations(payloads))


def invitations(payloads: list[Payload]) -> list[Draft]:
    """To those who work in each body invited to the meetings planned, and to their chiefs."""
    meetings = Meeting.objects.select_related("docket__matter").in_bulk([int(str(p["meeting"])) for p in payloads])
    invited: dict[int, list[int]] = {}
    for meeting in Meeting.objects.filter(pk__in=meetings).prefetch_related("invitations"):
        invited[meeting.pk] = [one.organisation_id for one in meeting.invitations.all()]
    posts = Posts.read(one for asked in invited.values() for one in asked)
    drafts: list[Draft] = []
    for payload in payloads:
        meeting = meetings[int(str(payload["meeting"]))]
        asked = invited[meeting.pk]
        users = {user for one in asked for user in posts.of_unit(one)} | posts.users(("chief",), asked)
        users.discard(int(str(payload["user"] or 0)))
        words = {"meeting": f"{timezone.localtime(meeting.at).strftime(DUE)} 在{meeting.place}"}
        matter = meeting.docket.matter
        drafts.append(Draft("docket.invited", matter, Recipients(users), words, seq=int(str(payload["seq"]))))
    return drafts
