"""What the server offers, as OpenAPI 3.1."""
