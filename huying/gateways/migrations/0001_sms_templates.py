from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="SmsTemplate",
            fields=[
                ("key", models.CharField(max_length=60, primary_key=True, serialize=False, verbose_name="消息")),
                ("code", models.CharField(max_length=60, verbose_name="模板编号")),
                (
                    "body",
                    models.TextField(
                        help_text="As it was registered: other words need another number.", verbose_name="报备的文字"
                    ),
                ),
            ],
            options={
                "verbose_name": "短信模板编号",
            },
        ),
    ]
