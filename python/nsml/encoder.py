"""``nsml.encoder``: scripts of NSML's first years import it and use nothing of it; so it is there, and empty."""
