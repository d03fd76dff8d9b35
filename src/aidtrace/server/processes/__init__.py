"""The processes behind the server: started, given work, held to limits, killed."""
