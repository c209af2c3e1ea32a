"""What the pages of smart routing (智能路由) are made of."""
