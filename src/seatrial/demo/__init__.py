"""`seatrial demo`: the story of one small project, played through the commands a user would type."""
