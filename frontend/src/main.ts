import { mount } from 'svelte';
import App from './App.svelte';
import './styles/main.scss';
import { language } from '$lib/text';
import { applyTheme } from '$lib/theme';

document.documentElement.lang = language.code;
applyTheme();

const target = document.getElementById('app');
if (target) mount(App, { target });
