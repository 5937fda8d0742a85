import { mount } from 'svelte'
import App from './App.svelte'
import './page.css'
import './print.css'
import './forced.css'

export default mount(App, { target: document.getElementById('page')! })
