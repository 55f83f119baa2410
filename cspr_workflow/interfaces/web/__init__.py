"""The pages: server-rendered, for the business unit, agencies, auditors and administrators."""
