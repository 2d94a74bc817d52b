"""Blanks of the templates that came with the product say what belongs there; found by the words around them, so that
what a district has changed elsewhere in such a text stays."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NAMED = (
    ("已于　月　日派人", "已于【填：几月几日】派人"),
    ("采取了以下措施：　　　。", "采取了以下措施：【填：处理措施】。"),
    ("因　　　，暂时", "因【填：原因】，暂时"),
    ("预计于　年　月　日前", "预计于【填：完成日期】前"),
    ("将先采取　　　等办法", "将先采取【填：临时办法】等办法"),
    ("于　月　日到现场", "于【填：几月几日】到现场"),
    ("了解了情况：　　　。", "了解了情况：【填：了解到的情况】。"),
    ("根据《　　　》第　条的规定：　　　。", "根据《【填：文件名称】》第【填：几】条的规定：【填：条文内容】。"),
    ("您可以　　　。", "您可以【填：其他办法】。"),
    ("根据《　　　》的规定，　　　。", "根据《【填：文件名称】》的规定，【填：答复内容】。"),
    ("请带上　　　，到　　　办理", "请带上【填：所需材料】，到【填：办理地点】办理"),
    ("由　　　负责", "由【填：负责单位】负责"),
    ("联系电话：　　　。", "联系电话：【填：电话】。"),
)


def name_blanks(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    templates = apps.get_model("matters", "ReplyTemplate").objects
    for template in templates.filter(text__contains="\u3000"):
        text = template.text
        for wide, named in NAMED:
            text = text.replace(wide, named)
        if text != template.text:
            templates.filter(pk=template.pk).update(text=text)


class Migration(migrations.Migration):
    dependencies = [("cases", "0008_spot_checks"), ("matters", "0010_files_again")]

    operations = [migrations.RunPython(name_blanks, migrations.RunPython.noop, elidable=True)]
