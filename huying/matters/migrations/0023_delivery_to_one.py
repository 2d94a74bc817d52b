from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("matters", "0022_prompts")]

    # apart from where it is added, so that the validating scan locks nobody out
    operations = [ValidateConstraint(model_name="delivery", name="delivery_to_one")]
