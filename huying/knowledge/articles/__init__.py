"""The knowledge base (知识库): questions people ask, and the answers their owners stand for."""
