from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("matters", "0014_repeats")]

    operations = [
        migrations.AddField(
            model_name="matter",
            name="cleared",
            field=models.PositiveSmallIntegerField(
                choices=[(0, "未清除"), (1, "附件已清除"), (2, "文字已清除")],
                db_default=0,
                default=0,
                verbose_name="已到期清除",
            ),
        ),
        migrations.AddField(
            model_name="words",
            name="concealed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="words",
            name="key_id",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
        migrations.AddField(
            model_name="words",
            name="signature",
            field=models.BinaryField(help_text="Over what is left; see `ledger.resealed`.", null=True),
        ),
        AddConstraintNotValid(
            model_name="words",
            constraint=models.CheckConstraint(
                condition=Q(concealed_at=None, signature=None, key_id="")
                | (Q(concealed_at__isnull=False, signature__isnull=False) & ~Q(key_id="")),
                name="words_concealed_signed",
                violation_error_message="去除个人信息后的文字必须重新签名。",
            ),
        ),
    ]
