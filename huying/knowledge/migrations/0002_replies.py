"""Reply check and machine drafts; the empty phrases that every district begins with."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import huying.kernel.privacy.fields
from huying.knowledge.replies.phrases import shipped


def load(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    phrases = apps.get_model("knowledge", "EmptyPhrase").objects
    phrases.bulk_create([phrases.model(phrase=phrase) for phrase in shipped()], ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0001_articles"),
        ("matters", "0021_reviewers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="EmptyPhrase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("phrase", models.CharField(max_length=40, unique=True, verbose_name="套话")),
                ("active", models.BooleanField(default=True, verbose_name="启用")),
            ],
            options={
                "verbose_name": "空话套话",
                "ordering": ["phrase"],
            },
        ),
        migrations.CreateModel(
            name="ReplyStatistics",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("corpus", models.BinaryField(default=b"", verbose_name="统计")),
                ("replies", models.PositiveIntegerField(default=0, verbose_name="依据的答复数")),
                ("built_at", models.DateTimeField(blank=True, null=True, verbose_name="统计时间")),
                ("traced_until", models.DateTimeField(blank=True, null=True, verbose_name="登记到")),
            ],
            options={
                "verbose_name": "答复统计",
            },
        ),
        migrations.CreateModel(
            name="MachineDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("reply", "答复"), ("summary", "摘要")], max_length=10, verbose_name="起草什么"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "正在起草"), ("done", "已起草"), ("failed", "没有写成")],
                        default="waiting",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                (
                    "prompt",
                    huying.kernel.privacy.fields.EncryptedTextField(blank=True, default="", verbose_name="发出的内容"),
                ),
                ("text", huying.kernel.privacy.fields.EncryptedTextField(blank=True, default="", verbose_name="草稿")),
                ("problem", models.CharField(blank=True, default="", max_length=200, verbose_name="没有写成的原因")),
                ("asked_at", models.DateTimeField(verbose_name="请求时间")),
                ("started_at", models.DateTimeField(blank=True, null=True, verbose_name="开始时间")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="完成时间")),
                ("milliseconds", models.PositiveIntegerField(default=0, verbose_name="用时")),
                (
                    "matter",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="matters.matter",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "机器草稿",
                "indexes": [models.Index(fields=["matter", "user", "-asked_at"], name="machine_draft_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_at", None), ("state", "waiting")),
                            models.Q(models.Q(("state", "waiting"), _negated=True), ("done_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="machine_draft_done",
                        violation_error_message="写完的草稿要有完成时间。",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")),
                        fields=("matter", "user", "kind"),
                        name="machine_draft_one_at_a_time",
                        violation_error_message="上一份还在起草。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReplyTrace",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.PositiveIntegerField()),
                ("at", models.DateTimeField(verbose_name="答复时间")),
                ("bands", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                (
                    "matter",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="matters.matter",
                    ),
                ),
            ],
            options={
                "verbose_name": "答复痕迹",
                "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["bands"], name="reply_trace_bands")],
                "constraints": [models.UniqueConstraint(fields=("matter", "seq"), name="reply_trace_once")],
            },
        ),
        migrations.RunPython(load, migrations.RunPython.noop),
    ]
