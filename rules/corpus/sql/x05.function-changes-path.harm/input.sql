SELECT set_config('search_path', 'evil', true), outer_one()
