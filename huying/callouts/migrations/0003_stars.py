"""Versions of the standard by which stars are given, and the first of them."""

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from huying.callouts.stars import defaults


def load(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    defaults.load(apps)


def unload(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("callouts", "StarStandard").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("callouts", "0002_defaults"),
    ]

    operations = [
        migrations.CreateModel(
            name="StarStandard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "since",
                    models.DateField(help_text="The first day of the month.", unique=True, verbose_name="从哪个月起"),
                ),
                (
                    "strength",
                    models.PositiveSmallIntegerField(
                        help_text="k: how many responses at the district's mean are added to a unit's own.",
                        verbose_name="向全区平均靠拢的强度",
                    ),
                ),
                ("least", models.PositiveSmallIntegerField(verbose_name="至少几件才评星")),
                (
                    "residents",
                    models.PositiveSmallIntegerField(
                        help_text="Per cent, where callers and residents have both said.",
                        verbose_name="满意度里居民占多少",
                    ),
                ),
                ("note", models.CharField(blank=True, default="", max_length=200, verbose_name="说明")),
            ],
            options={
                "verbose_name": "评星标准",
                "ordering": ["-since"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("since__day", 1)),
                        name="star_standard_of_month",
                        violation_error_message="标准按整月起算。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("residents__lte", 100)),
                        name="star_standard_residents",
                        violation_error_message="居民所占的比例不超过 100%。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StarDimension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=20, verbose_name="维度")),
                ("name", models.CharField(max_length=12, verbose_name="名称")),
                ("weight", models.PositiveSmallIntegerField(verbose_name="权重")),
                ("five", models.FloatField(verbose_name="五星")),
                ("four", models.FloatField(verbose_name="四星")),
                ("three", models.FloatField(verbose_name="三星")),
                ("two", models.FloatField(verbose_name="二星")),
                (
                    "standard",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="dimensions",
                        to="callouts.starstandard",
                    ),
                ),
            ],
            options={
                "verbose_name": "评星维度",
                "constraints": [
                    models.UniqueConstraint(fields=("standard", "key"), name="star_dimension_once"),
                    models.CheckConstraint(
                        condition=models.Q(("weight__lte", 100)),
                        name="star_dimension_weight",
                        violation_error_message="权重不超过 100%。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("five__gt", models.F("four")),
                                ("four__gt", models.F("three")),
                                ("three__gt", models.F("two")),
                            ),
                            models.Q(
                                ("five__lt", models.F("four")),
                                ("four__lt", models.F("three")),
                                ("three__lt", models.F("two")),
                            ),
                            _connector="OR",
                        ),
                        name="star_dimension_bands",
                        violation_error_message="从五星到二星的分界要依次变小或者依次变大。",
                    ),
                ],
            },
        ),
        migrations.RunPython(load, unload),
    ]
