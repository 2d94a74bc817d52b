import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import huying.kernel.privacy.fields


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0007_kept_contacts"),
    ]

    operations = [
        migrations.CreateModel(
            name="Reach",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="reach",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
                (
                    "_phone",
                    huying.kernel.privacy.fields.EncryptedTextField(
                        blank=True, db_column="phone", null=True, verbose_name="手机号码"
                    ),
                ),
                (
                    "phone_hash",
                    huying.kernel.privacy.fields.LookupHashField(kind="phone", of="_phone", verbose_name="手机索引"),
                ),
                (
                    "wanted",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        default=list,
                        size=None,
                        verbose_name="要发短信的消息",
                    ),
                ),
            ],
            options={
                "verbose_name": "短信设置",
            },
        ),
    ]
