"""How dates are written where nobody says otherwise: the same in the administration as on the pages."""
