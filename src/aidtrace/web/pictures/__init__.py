"""The pages that show the article in pictures: in time, in money, in steps and on a map."""
