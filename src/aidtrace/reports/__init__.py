"""Reports of a validation as people work with them: grouped, numbered, compared, written in many forms."""
