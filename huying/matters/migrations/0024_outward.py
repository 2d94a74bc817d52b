import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import huying.kernel.privacy.fields


class Migration(migrations.Migration):
    dependencies = [
        ("matters", "0023_delivery_to_one"),
        ("people", "0008_reach"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="OptOut",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("_phone", huying.kernel.privacy.fields.EncryptedTextField(db_column="phone", verbose_name="电话")),
                (
                    "phone_hash",
                    huying.kernel.privacy.fields.LookupHashField(
                        kind="phone", of="_phone", unique=True, verbose_name="电话索引"
                    ),
                ),
                (
                    "how",
                    models.CharField(
                        choices=[("reply", "回复短信退订"), ("owner", "本人在网上退订")],
                        max_length=10,
                        verbose_name="方式",
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="时间")),
            ],
            options={
                "verbose_name": "退订",
            },
        ),
        migrations.CreateModel(
            name="SentCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="日期")),
                ("channel", models.CharField(max_length=20, verbose_name="方式")),
                ("subject", models.BinaryField(verbose_name="号码索引")),
                ("n", models.PositiveIntegerField(default=0, verbose_name="条数")),
            ],
            options={
                "verbose_name": "发送计数",
            },
        ),
        migrations.AddField(
            model_name="delivery",
            name="decided_at",
            field=models.DateTimeField(null=True, verbose_name="处理时间"),
        ),
        migrations.AddField(
            model_name="delivery",
            name="decided_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="处理人",
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="receipt_at",
            field=models.DateTimeField(null=True, verbose_name="回执时间"),
        ),
        migrations.AddField(
            model_name="delivery",
            name="spent",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=80),
                help_text="Receipt numbers of sends before a person repeated it.",
                null=True,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="urgent",
            field=models.BooleanField(
                db_default=False, default=False, help_text="It waits for no morning.", verbose_name="紧急"
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="words",
            field=models.JSONField(
                help_text="What filled the template, by placeholder, of what goes outward: platforms ask for it.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="messagetemplate",
            name="urgent",
            field=models.BooleanField(blank=True, help_text="NULL: as the code says.", null=True, verbose_name="紧急"),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="status",
            field=models.CharField(
                choices=[
                    ("pending", "待发送"),
                    ("sending", "发送中"),
                    ("sent", "已发送"),
                    ("delivered", "已送达"),
                    ("unknown", "结果未知，待核实"),
                    ("failed", "发送失败"),
                    ("cancelled", "已撤回"),
                    ("withheld", "按设置不发"),
                ],
                default="pending",
                max_length=10,
                verbose_name="状态",
            ),
        ),
        migrations.AddConstraint(
            model_name="sentcount",
            constraint=models.UniqueConstraint(fields=("day", "channel", "subject"), name="sentcount_once"),
        ),
    ]
