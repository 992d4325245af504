SELECT @@@ 'x'; SELECT OPERATOR(public.@@@) 'x'
