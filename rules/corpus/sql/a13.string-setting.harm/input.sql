SET standard_conforming_strings = off; SELECT set_config('standard_conforming_strings', 'off', false); UPDATE pg_settings SET setting = 'off' WHERE name = 'standard_conforming_strings'
