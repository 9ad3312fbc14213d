"""Checks the compose file against the Compose specification's own models; prints the services."""

import sys

import yaml
from compose_spec import ComposeSpecification

with open(sys.argv[1], encoding="utf-8") as file:
    document = ComposeSpecification.model_validate(yaml.safe_load(file))
print(" ".join(sorted(document.services)))
