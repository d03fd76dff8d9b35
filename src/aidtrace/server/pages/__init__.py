"""What the pages for people ask of the server, and the threads in which they are made."""
