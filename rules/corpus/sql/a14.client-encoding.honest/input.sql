SET client_encoding = 'UTF8'; SET NAMES 'utf-8'
