"""The optional drafting service (大模型): it drafts a reply or a summary for whoever handles a matter."""
