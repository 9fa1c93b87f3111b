"""SPARQL 1.1 queries on a finished store folder, checked and evaluated in processes that can be killed."""
