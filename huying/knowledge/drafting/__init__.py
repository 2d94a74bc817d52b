"""The optional language model: it drafts a reply or a summary for whoever handles a matter, off unless it is set up."""
