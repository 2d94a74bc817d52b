"""Reply check (答复检查): what a chief should look at twice before a reply leaves. Text in, findings out."""
