import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("matters", "0021_reviewers"), ("people", "0007_kept_contacts")]

    operations = [
        migrations.AddField(
            model_name="clock",
            name="prompted",
            field=models.PositiveSmallIntegerField(
                db_default=0,
                default=0,
                help_text="How many marks of its kind's `prompts` have passed.",
                verbose_name="已催",
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="organisation",
            field=models.ForeignKey(
                db_index=False,
                help_text="Its duty phone.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.organisation",
            ),
        ),
        AddConstraintNotValid(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=Q(user__isnull=False, contact__isnull=True, organisation__isnull=True)
                | Q(user__isnull=True, contact__isnull=False, organisation__isnull=True)
                | Q(user__isnull=True, contact__isnull=True, organisation__isnull=False),
                name="delivery_to_one",
            ),
        ),
        migrations.RemoveConstraint(model_name="delivery", name="delivery_one_recipient"),
    ]
